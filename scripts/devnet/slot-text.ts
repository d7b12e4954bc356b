import { slotOf } from "../../core/types/sequence.ts";

/** epoch.round, and before them the configuration's index where it is not the first. */
export function slotText(sequence: bigint): string {
  const { configIndex, epoch, round } = slotOf(sequence);
  return `${configIndex > 1 ? `${configIndex}/` : ""}${epoch}.${round}`;
}
