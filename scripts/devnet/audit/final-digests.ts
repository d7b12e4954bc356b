import { DatabaseSync } from "node:sqlite";
import type { Hex } from "../../../core/types/hex.ts";

export interface FinalDigest {
  readonly sequence: bigint;
  readonly digest: string;
}

/** The finals of one configuration in a node's database, read without the node's help. */
export function readFinalDigests(file: string, configDigest: Hex): FinalDigest[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare("SELECT sequence, digest FROM final WHERE config = ?").all(configDigest);
    return (rows as unknown as { sequence: string; digest: string }[]).map(({ sequence, digest }) => ({
      sequence: BigInt(`0x${sequence}`),
      digest,
    }));
  } finally {
    database.close();
  }
}

/** Slots for which two different reports became final, and how many slots were looked at. */
export function findForks(finals: Iterable<FinalDigest>): {
  readonly slots: number;
  readonly forks: readonly bigint[];
} {
  const digests = new Map<bigint, Set<string>>();
  for (const { sequence, digest } of finals)
    digests.set(sequence, (digests.get(sequence) ?? new Set()).add(digest.toLowerCase()));
  return { slots: digests.size, forks: [...digests].filter(([, seen]) => seen.size > 1).map(([sequence]) => sequence) };
}
