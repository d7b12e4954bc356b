import { fileURLToPath } from "node:url";

/** The committee index of the node that lies: it multiplies every value by 1000. */
export const LIAR_MEMBER = 3;
/** Byzantine nodes are programs of their own under test/support: production code has no switch to misbehave. */
export const LIAR_SCRIPT = fileURLToPath(new URL("../../../test/support/byzantine/liar.ts", import.meta.url));
