import { concat, toBeHex } from "ethers";
import type { Hex } from "../../../core/types/hex.ts";

/** A committee's data as `CommitteeData` lays it out, field by field; what is not said is 0. */
interface CommitteeFields {
  readonly configDigest?: Hex;
  readonly setRoot?: bigint;
  readonly verifier?: Hex;
  readonly index?: number;
  readonly window?: number;
  readonly n?: number;
  readonly f?: number;
  readonly lanes?: number;
  readonly feeds?: number;
  readonly scheme?: number;
  /** The header's last byte: the registry writes 0. */
  readonly unused?: number;
  readonly feedIds?: readonly Hex[];
  /** Signers' addresses and Schnorr keys. */
  readonly rest?: readonly Hex[];
}

export function committeeBytes(fields: CommitteeFields): Hex {
  const { configDigest, setRoot, verifier, index, window, n, f, lanes, scheme, unused, feedIds = [] } = fields;
  const numbers = [
    [setRoot, 32],
    [BigInt(verifier ?? 0), 20],
    [index, 2],
    [window, 2],
    [n, 1],
    [f, 1],
    [lanes, 2],
    [fields.feeds ?? feedIds.length, 2],
    [scheme, 1],
    [unused, 1],
  ] as const;
  const header = numbers.map(([number, bytes]) => toBeHex(number ?? 0, bytes));
  return concat([configDigest ?? toBeHex(0, 32), ...header, ...feedIds, ...(fields.rest ?? [])]) as Hex;
}
