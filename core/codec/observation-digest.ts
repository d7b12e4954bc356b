import { id } from "ethers";
import { toField } from "../crypto/field.ts";
import { keccak256 } from "../crypto/keccak.ts";
import { poseidon } from "../crypto/poseidon.ts";
import type { Hex } from "../types/hex.ts";
import type { FeedValues } from "../types/observation.ts";
import type { ReportDomain } from "../types/report.ts";
import { abiWords } from "./abi-words.ts";
import { CHAIN_TAG, poseidonChain } from "./poseidon-chain.ts";

const OBSERVATION_TAG = id("quorate.observation.v1") as Hex;

/**
 * ctx: what an observation is for — chain, contract, configuration and slot — as one field element:
 * keccak256(abi.encode(tag, chainId, hub, configDigest, sequence)) >> 8. Known before the round; opaque in the circuit.
 */
export function observationContext(domain: ReportDomain, configDigest: Hex, sequence: bigint): bigint {
  const { chainId, hub } = domain;
  return BigInt(keccak256(abiWords([OBSERVATION_TAG, chainId, hub, configDigest, sequence]))) >> 8n;
}

/** Commitment to a value vector: the Poseidon chain with tag 1 over (mask, v₀, … v_{K−1}), negative values as p − |v|. */
export function valuesCommitment({ mask, values }: FeedValues): bigint {
  return poseidonChain(CHAIN_TAG.observation, [BigInt(mask), ...values.map(toField)]);
}

/**
 * The message that an observer signs: Poseidon(ctx, valuesCommitment, timestamp).
 * @param timestamp Unix seconds, uint32.
 */
export function observationDigest(context: bigint, feeds: FeedValues, timestamp: number): bigint {
  return poseidon([context, valuesCommitment(feeds), BigInt(timestamp)]);
}
