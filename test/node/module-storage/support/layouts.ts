import type { Layout } from "../../../../node/module-storage/layout.ts";

/** As small as two full modules allow, so that a few dozen writes go round all slots. */
export const SMALL_LAYOUT: Layout = { slots: 8, segmentBytes: 176 * 1024, modules: 2 };

/** The same for one module. */
export const SMALLEST_LAYOUT: Layout = { slots: 6, segmentBytes: 160 * 1024, modules: 1 };
