import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { inverse, lagrangeBasis, power, rootOfUnity } from "./prime-field.ts";
import type { R1cs, Term } from "./r1cs-file.ts";
import type { ToxicWaste } from "./toxic-waste.ts";

const P = FIELD_MODULUS;

/** The discrete logarithms of a proving key's points, one per wire or domain point (Groth16, section 3.2). */
export interface ProvingScalars {
  /** log2 of the domain: the smallest that holds every constraint and one row per public signal and the constant. */
  readonly logDomain: number;
  /** A_i(τ), and B_i(τ), per wire. */
  readonly a: readonly bigint[];
  readonly b: readonly bigint[];
  /** (β·A_i + α·B_i + C_i)(τ) / γ, for the constant and the public wires. */
  readonly ic: readonly bigint[];
  /** The same over δ, for the private wires. */
  readonly c: readonly bigint[];
  /** snarkjs evaluates A·B − C at the odd points of the double domain: their Lagrange basis at τ, truncated, over δ. */
  readonly h: readonly bigint[];
}

/** log2 of the domain: the smallest p with 2^p ≥ rows, of which the public signals and the constant have one each. */
export function logDomainOf({ constraints, publicSignals }: R1cs): number {
  const rows = constraints.length + publicSignals + 1;
  return Math.ceil(Math.log2(rows));
}

/** Evaluates the circuit's polynomials at τ. The rows after the constraints make the public wires' A polynomials independent. */
export function provingScalars(r1cs: R1cs, waste: ToxicWaste): ProvingScalars {
  const { wires, publicSignals, constraints } = r1cs;
  const logDomain = logDomainOf(r1cs);
  const basis = lagrangeBasis(logDomain, waste.tau);
  const zeros = () => new Array<bigint>(wires).fill(0n);
  const [a, b, c] = [zeros(), zeros(), zeros()];
  constraints.forEach((constraint, row) => {
    const value = basis[row] ?? 0n;
    accumulate(a, constraint.a, value);
    accumulate(b, constraint.b, value);
    accumulate(c, constraint.c, value);
  });
  for (let wire = 0; wire <= publicSignals; wire++) {
    accumulate(a, [{ wire, coefficient: 1n }], basis[constraints.length + wire] ?? 0n);
  }
  const [overGamma, overDelta] = [inverse(waste.gamma), inverse(waste.delta)];
  const combined = a.map((ai, i) => (waste.beta * ai + waste.alpha * (b[i] ?? 0n) + (c[i] ?? 0n)) % P);
  const odd = truncatedBasis(logDomain + 1, waste.tau).filter((_, i) => i % 2 === 1);
  return {
    logDomain,
    a,
    b,
    ic: combined.slice(0, publicSignals + 1).map((value) => (value * overGamma) % P),
    c: combined.slice(publicSignals + 1).map((value) => (value * overDelta) % P),
    h: odd.map((value) => (value * overDelta) % P),
  };
}

/**
 * The Lagrange basis without the terms in τ^(N−1), N = 2^logSize: powers of tau end at N − 2, so snarkjs' bases lack them.
 * They do not matter, as A·B − C has degree N − 2 at most; leaving them out makes keys equal to snarkjs' byte for byte.
 */
function truncatedBasis(logSize: number, tau: bigint): bigint[] {
  const size = 2n ** BigInt(logSize);
  const root = rootOfUnity(logSize);
  let top = (power(tau, size - 1n) * inverse(size)) % P; // the coefficient in L_i is ωⁱ / N
  return lagrangeBasis(logSize, tau).map((value) => {
    const truncated = (value + P - top) % P;
    top = (top * root) % P;
    return truncated;
  });
}

function accumulate(polynomials: bigint[], terms: readonly Term[], basis: bigint): void {
  for (const { wire, coefficient } of terms) {
    polynomials[wire] = ((polynomials[wire] ?? 0n) + coefficient * basis) % P;
  }
}
