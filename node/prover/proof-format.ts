import type { Groth16Points } from "snarkjs";
import type { Groth16Proof } from "../../core/ports/prover.ts";

type G1Text = Groth16Points["pi_a"];
type G2Text = Groth16Points["pi_b"];

/** A proof as snarkjs' verifier takes it: projective decimal strings, the real part of b's coordinates first. */
export function snarkjsProof({ a, b, c }: Groth16Proof): Groth16Points & { protocol: string; curve: string } {
  return { pi_a: g1Text(a), pi_b: g2Text(b), pi_c: g1Text(c), protocol: "groth16", curve: "bn128" };
}

/** Infinity is (0, 0) to the EVM, and (0 : 1 : 0) to snarkjs. */
function g1Text([x, y]: Groth16Proof["a"]): G1Text {
  return x === 0n && y === 0n ? ["0", "1", "0"] : [String(x), String(y), "1"];
}

function g2Text([[x1, x0], [y1, y0]]: Groth16Proof["b"]): G2Text {
  const x: G2Text[0] = [String(x0), String(x1)];
  const isInfinity = [x1, x0, y1, y0].every((part) => part === 0n);
  return isInfinity ? [x, ["1", "0"], ["0", "0"]] : [x, [String(y0), String(y1)], ["1", "0"]];
}

/** The proof of snarkjs' format, whose points must be affine there already: all engines write them so. */
export function groth16Proof({ pi_a, pi_b, pi_c }: Groth16Points): Groth16Proof {
  const [[x0, x1], [y0, y1]] = pi_b;
  return {
    a: [BigInt(pi_a[0]), BigInt(pi_a[1])],
    b: [
      [BigInt(x1), BigInt(x0)],
      [BigInt(y1), BigInt(y0)],
    ],
    c: [BigInt(pi_c[0]), BigInt(pi_c[1])],
  };
}
