import { availableParallelism } from "node:os";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Curve } from "ffjavascript";
import { affineBytesOf } from "./fixed-base.ts";
import type { GroupName } from "./fixed-base.ts";
import type { PointsRequest } from "./points-worker.ts";

/** Scalars per message: small enough for a smooth progress bar, large enough that messages do not count. */
const CHUNK = 1024;
/** Two cores halve the time; more would each pay for their own tables. */
const MAX_WORKERS = 4;
const SCALAR_BYTES = 32;

export interface PointMultiplier {
  /** The generator's multiples, affine, concatenated. @param onDone called with the number of points of each chunk. */
  multiply(group: GroupName, scalars: readonly bigint[], onDone?: (points: number) => void): Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** Spreads fixed-base multiplications over worker threads. The result does not depend on their number. */
export function createPointMultiplier(curve: Curve): PointMultiplier {
  const size = Math.max(1, Math.min(MAX_WORKERS, availableParallelism()));
  const workers = Array.from({ length: size }, () => new Worker(new URL("points-worker.ts", import.meta.url)));
  const bases = { g1m: curve.G1.toAffine(curve.G1.g), g2m: curve.G2.toAffine(curve.G2.g) };

  return {
    async multiply(group, scalars, onDone) {
      const affine = affineBytesOf(group);
      const points = new Uint8Array(scalars.length * affine);
      let next = 0;
      async function drain(worker: Worker): Promise<void> {
        while (next < scalars.length) {
          const from = next;
          const chunk = scalars.slice(from, (next += CHUNK));
          const request: PointsRequest = { group, code: curve.tm.code, base: bases[group], scalars: encode(chunk) };
          worker.postMessage(request);
          const [result] = (await once(worker, "message")) as [Uint8Array]; // rejects on the worker's "error"
          points.set(result, from * affine);
          onDone?.(chunk.length);
        }
      }
      await Promise.all(workers.map(drain));
      return points;
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function encode(scalars: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(scalars.length * SCALAR_BYTES);
  const view = new DataView(bytes.buffer);
  scalars.forEach((scalar, i) => {
    for (let word = 0; word < 4; word++) {
      view.setBigUint64(i * SCALAR_BYTES + word * 8, (scalar >> BigInt(64 * word)) & 0xffff_ffff_ffff_ffffn, true);
    }
  });
  return bytes;
}
