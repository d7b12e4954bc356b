import { buildBn128 } from "ffjavascript";
import { createPointMultiplier } from "./point-multiplier.ts";
import type { PointMultiplier } from "./point-multiplier.ts";
import { provingScalars } from "./proving-scalars.ts";
import type { ProvingScalars } from "./proving-scalars.ts";
import { readR1cs } from "./r1cs-file.ts";
import type { ToxicWaste } from "./toxic-waste.ts";
import { developmentCircuitHash } from "./toxic-waste.ts";
import { writeZkey } from "./zkey-file.ts";
import type { ZkeyPoints } from "./zkey-file.ts";

export interface SetupResult {
  /** Content of a zkey file that stock snarkjs reads. */
  readonly zkey: Uint8Array;
  readonly constraints: number;
  readonly wires: number;
}

export interface SetupOptions {
  /** circom's constraint file. */
  readonly r1cs: Uint8Array;
  readonly waste: ToxicWaste;
  /** Points done of points in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * A Groth16 proving key straight from the secrets: each point is a known multiple of the generator, so neither powers of
 * tau nor multi-exponentiations are needed. Deterministic. The secrets being known, this is for DEVELOPMENT only;
 * production keys come from a ceremony.
 */
export async function directSetup(options: SetupOptions): Promise<SetupResult> {
  const r1cs = readR1cs(options.r1cs);
  const scalars = provingScalars(r1cs, options.waste);
  const curve = await buildBn128(true);
  const multiplier = createPointMultiplier(curve);
  try {
    const points = await zkeyPoints(multiplier, scalars, options);
    const circuitHash = developmentCircuitHash(options.r1cs);
    const zkey = writeZkey({ r1cs, logDomain: scalars.logDomain, baseModulus: curve.q, points, circuitHash });
    return { zkey, constraints: r1cs.constraints.length, wires: r1cs.wires };
  } finally {
    await multiplier.stop();
  }
}

async function zkeyPoints(
  multiplier: PointMultiplier,
  scalars: ProvingScalars,
  { waste, onProgress }: SetupOptions,
): Promise<ZkeyPoints> {
  const { a, b, c, h, ic } = scalars;
  const { alpha, beta, gamma, delta } = waste;
  const total = ic.length + a.length + 2 * b.length + c.length + h.length;
  let done = 0;
  const report = (points: number) => onProgress?.((done += points), total);
  // One after the other: each list already keeps every worker busy.
  const g1 = (list: readonly bigint[]) => multiplier.multiply("g1m", list, report);
  const keys1 = await multiplier.multiply("g1m", [alpha, beta, delta]);
  const keys2 = await multiplier.multiply("g2m", [beta, gamma, delta]);
  const at1 = (i: number) => keys1.subarray(64 * i, 64 * (i + 1));
  const at2 = (i: number) => keys2.subarray(128 * i, 128 * (i + 1));
  return {
    alpha1: at1(0),
    beta1: at1(1),
    delta1: at1(2),
    beta2: at2(0),
    gamma2: at2(1),
    delta2: at2(2),
    ic: await g1(ic),
    a: await g1(a),
    b1: await g1(b),
    c: await g1(c),
    h: await g1(h),
    b2: await multiplier.multiply("g2m", b, report),
  };
}
