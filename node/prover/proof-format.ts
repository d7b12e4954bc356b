import type { Groth16Points } from "snarkjs";
import type { Groth16Proof } from "../../core/ports/prover.ts";

/** snarkjs' projective decimal strings as the Solidity verifier takes them: affine, imaginary part of b's coordinates first. */
export function solidityProof({ pi_a, pi_b, pi_c }: Groth16Points): Groth16Proof {
  const [x, y] = pi_b;
  return {
    a: [BigInt(pi_a[0]), BigInt(pi_a[1])],
    b: [
      [BigInt(x[1]), BigInt(x[0])],
      [BigInt(y[1]), BigInt(y[0])],
    ],
    c: [BigInt(pi_c[0]), BigInt(pi_c[1])],
  };
}

/** The inverse, for snarkjs' verifier. */
export function snarkjsProof({ a, b, c }: Groth16Proof): Groth16Points & { protocol: string; curve: string } {
  const [[x1, x0], [y1, y0]] = b;
  return {
    pi_a: [String(a[0]), String(a[1]), "1"],
    pi_b: [
      [String(x0), String(x1)],
      [String(y0), String(y1)],
      ["1", "0"],
    ],
    pi_c: [String(c[0]), String(c[1]), "1"],
    protocol: "groth16",
    curve: "bn128",
  };
}
