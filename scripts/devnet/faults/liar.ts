import { fileURLToPath } from "node:url";

/**
 * The committee index of the node that lies, and how: it multiplies every value. Leaders prefer low indices where several
 * observations serve alike, so that this one's lies are heard in most rounds.
 */
export const LIAR_MEMBER = 0;
export const LIAR_FACTOR = 1_000n;
/** Byzantine nodes are programs of their own under test/support: production code has no switch to misbehave. */
export const LIAR_SCRIPT = fileURLToPath(new URL("../../../test/support/byzantine/liar.ts", import.meta.url));
