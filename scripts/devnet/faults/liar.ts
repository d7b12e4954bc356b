import { fileURLToPath } from "node:url";

/** The committee index of the node that lies, and how: it multiplies every value. */
export const LIAR_MEMBER = 3;
export const LIAR_FACTOR = 1_000n;
/** Byzantine nodes are programs of their own under test/support: production code has no switch to misbehave. */
export const LIAR_SCRIPT = fileURLToPath(new URL("../../../test/support/byzantine/liar.ts", import.meta.url));
