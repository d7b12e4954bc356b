/**
 * `sequence = configIndex:16 | epoch:32 | round:16`: a uint64 that names a slot of the protocol everywhere.
 * Compared as a number it is strictly increasing over rounds, epochs and configurations.
 */
export interface Slot {
  /** uint16, from 1. */
  readonly configIndex: number;
  /** uint32, from 1. */
  readonly epoch: number;
  /** uint16, from 1. */
  readonly round: number;
}

export function sequenceOf({ configIndex, epoch, round }: Slot): bigint {
  return (BigInt(configIndex) << 48n) | (BigInt(epoch) << 16n) | BigInt(round);
}

export function slotOf(sequence: bigint): Slot {
  return {
    configIndex: Number(sequence >> 48n),
    epoch: Number((sequence >> 16n) & 0xffff_ffffn),
    round: Number(sequence & 0xffffn),
  };
}
