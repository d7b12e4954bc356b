import { createHash } from "node:crypto";

/** A stream of reproducible random integers. */
export interface Draw {
  /** Uniform in 0…bound − 1, for bounds far below 2³² (the bias is bound / 2³²). */
  below(bound: number): number;
}

/** Equal seeds and keys give equal streams, on every machine; any other pair gives an independent one. */
export function createDraw(seed: string, key: readonly (string | number)[]): Draw {
  let block = Buffer.alloc(0);
  let used = 0;
  let blocks = 0;
  return {
    below(bound) {
      if (used === block.length) {
        block = createHash("sha256")
          .update(JSON.stringify([seed, ...key, blocks++]))
          .digest();
        used = 0;
      }
      const value = block.readUInt32BE(used);
      used += 4;
      return value % bound;
    },
  };
}
