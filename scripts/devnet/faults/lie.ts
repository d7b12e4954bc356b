/**
 * The committee index of the node that lies, and how: it multiplies every value. Leaders prefer low indices where several
 * observations serve alike, so that this one's lies are heard in most rounds.
 */
export const LIAR_MEMBER = 0;
export const LIAR_FACTOR = 1_000n;
