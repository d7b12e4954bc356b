import type { Tracer } from "../../core/ports/tracer.ts";

/** Where no collector is configured. */
export const NO_TRACER: Tracer = {
  samples: () => false,
  record: () => undefined,
  stop: () => Promise.resolve(),
};
