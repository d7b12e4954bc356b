import { wasi } from "@bjorn3/browser_wasi_shim";
import { WASI_LIMITS, WASI_PRICES } from "./limits.ts";
import type { WasiState } from "./wasi-state.ts";

const VECTOR_BYTES = 8;

/** Arguments that all reads and writes share: pointer and count of the vectors, and where the transferred length goes. */
export interface TransferPlace {
  readonly vectors: number;
  readonly count: number;
  readonly result: number;
}

interface Part {
  readonly errno: number;
  readonly moved: number;
}

export interface Transfer {
  /** Bytes that there are to move. Less than the buffers hold is what is charged. */
  readonly available: number;
  /** Moves bytes from or to one buffer of the guest. */
  readonly move: (buffer: Uint8Array) => Part;
}

/** Moves bytes between a descriptor and the guest's buffers, one after the other, and charges their lengths first. */
export function transfer(state: WasiState, place: TransferPlace, { available, move }: Transfer): number {
  const buffers = guestBuffers(state, place);
  const result = state.view(place.result, 4);
  if (buffers === undefined) return wasi.ERRNO_INVAL;
  state.session.charge(Math.min(available, sumOfLengths(buffers)));
  let total = 0;
  for (const buffer of buffers) {
    const { errno, moved } = move(buffer);
    if (errno !== wasi.ERRNO_SUCCESS) return errno;
    total += moved;
  }
  result.setUint32(0, total, true);
  return wasi.ERRNO_SUCCESS;
}

/** @returns undefined where there are too many buffers, or too long ones. */
function guestBuffers(state: WasiState, { vectors, count }: TransferPlace): readonly Uint8Array[] | undefined {
  if (count > WASI_LIMITS.vectors) return undefined;
  state.session.charge(count * WASI_PRICES.vector);
  const view = state.view(vectors, count * VECTOR_BYTES);
  const buffers = Array.from({ length: count }, (_, index) => {
    const at = index * VECTOR_BYTES;
    return state.session.bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
  });
  return sumOfLengths(buffers) > WASI_LIMITS.transferBytes ? undefined : buffers;
}

function sumOfLengths(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0);
}
