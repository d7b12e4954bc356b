import { id } from "ethers";
import { abiWords } from "../codec/abi-words.ts";
import { CHAIN_TAG, poseidonChain } from "../codec/poseidon-chain.ts";
import { observationContext } from "../codec/observation-digest.ts";
import { setRoot } from "../codec/set-root.ts";
import { FIELD_MODULUS, toField } from "../crypto/field.ts";
import { keccak256 } from "../crypto/keccak.ts";
import type { MedianStatement } from "../ports/prover.ts";
import type { Hex } from "../types/hex.ts";
import type { CircuitShape } from "./circuit.ts";

const MEDIAN_TAG = id("quorate.median.v1") as Hex;

/** The three public inputs that stand for the whole statement. */
export interface PublicBinding {
  /** C: Poseidon chain over w with tag 2. */
  readonly commitment: bigint;
  /** x = keccak256(abi.encode(tag, C, w)) mod p. */
  readonly x: bigint;
  /** y = Σ wᵢ·xⁱ mod p. */
  readonly y: bigint;
}

/** What a proof says, without what it is made from: the part of a statement that the contract knows. */
export type PublicStatement = Pick<MedianStatement, "domain" | "report" | "feeds" | "observerKeys" | "window">;

/**
 * w = (ctx, setRoot, mask, observedAt − W, observedAt + W, observedAt, m₀, … m_{K−1}) as field elements, in the order of
 * the circuit and the contract. Needs observedAt ≥ W and setRoot's bounds; the values of unset feeds must be 0.
 */
export function statementVector(statement: PublicStatement, { nMax }: Pick<CircuitShape, "nMax">): bigint[] {
  const { domain, report, feeds, observerKeys, window } = statement;
  return [
    observationContext(domain, report.configDigest, report.sequence),
    setRoot(observerKeys, nMax),
    BigInt(feeds.mask),
    BigInt(report.observedAt - window),
    BigInt(report.observedAt + window),
    BigInt(report.observedAt),
    ...feeds.values.map(toField),
  ];
}

/**
 * Binds w: C fixes it before x is known, so a proof whose own w differs passes with probability ≤ (|w| − 1) / p.
 * Twins: `PublicBinding` (circom) and FeedHub (Solidity). @param w canonical field elements.
 */
export function publicBinding(w: readonly bigint[]): PublicBinding {
  const commitment = poseidonChain(CHAIN_TAG.statement, w);
  const x = BigInt(keccak256(abiWords([MEDIAN_TAG, commitment, ...w]))) % FIELD_MODULUS;
  const y = w.reduceRight((sum, element) => (sum * x + element) % FIELD_MODULUS, 0n);
  return { commitment, x, y };
}
