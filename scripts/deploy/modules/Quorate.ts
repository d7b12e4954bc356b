import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { Future, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";
import type { LaneBits } from "../../../core/codec/packed-lanes.ts";
import type { CircuitShape } from "../../../core/proof/circuit.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { POSEIDON_T6 } from "../poseidon.ts";
import { nominateTimelock, type TimelockOptions } from "./timelock.ts";

export interface VerifierOptions {
  /** Name of the generated contract. */
  readonly groth16: string;
  readonly shape: CircuitShape;
  /** Of the key that the generated contract was made from: see `core/proof/verification-key.ts`. */
  readonly verificationKeyDigest: Hex;
  /** Where the key comes from: only a ceremony's key may serve a real chain. */
  readonly setup: "development" | "ceremony";
}

export interface QuorateOptions {
  /** Without it reports are signed only. */
  readonly verifier?: VerifierOptions;
  /** Leaves `setVerifier` to the registry's owner, who may be another account by now, as `planCommittee` does it. */
  readonly ownerSetsVerifier?: boolean;
  /** Rounds of each feed that the hub keeps besides the newest, at most 512; 24 unless given. */
  readonly historyDepth?: number;
  /** Deploys a hub that stores reports whole, with so many bits a value, instead: no history, no proofs, no proxies. */
  readonly packedBits?: LaneBits;
  /** May pause the registry; nobody but its owner unless given. */
  readonly guardian?: Hex;
  /** To own the registry: see `TimelockOptions`. */
  readonly timelock?: TimelockOptions;
}

export const DEFAULT_HISTORY_DEPTH = 24;

/** The network of contracts without feeds. The first account owns the registry, with a timelock until that has accepted. */
export function createQuorateModule(options: QuorateOptions) {
  const { verifier, ownerSetsVerifier = false, historyDepth = DEFAULT_HISTORY_DEPTH, packedBits } = options;
  const { guardian, timelock } = options;
  return buildModule("Quorate", (m) => {
    const poseidon = m.contract("PoseidonT6", POSEIDON_T6);
    const registry = m.contract("CommitteeRegistry", [m.getAccount(0), poseidon]);
    const hub =
      packedBits === undefined
        ? m.contract("FeedHub", [registry, historyDepth])
        : m.contract("PackedHub", [registry, packedBits]);
    const court = m.contract("EquivocationCourt", [registry]);
    const desk = m.contract("RequestDesk", [hub]);
    const wired = m.call(registry, "setHub", [hub]);
    const proving = verifier && deployVerifier(m, verifier);
    const after: Future[] = [wired];
    if (verifier && proving && !ownerSetsVerifier) {
      const options = { id: `setVerifier_${verifierId(verifier)}`, after: [wired] };
      after.push(m.call(registry, "setVerifier", [proving.verifier], options));
    }
    if (guardian !== undefined) after.push(m.call(registry, "setGuardian", [guardian], { after: [wired] }));
    const governing = timelock && nominateTimelock(m, registry, { ...timelock, after });
    return { poseidon, registry, hub, court, desk, ...proving, ...governing };
  });
}

function deployVerifier(m: IgnitionModuleBuilder, options: VerifierOptions) {
  const { groth16: name, shape, verificationKeyDigest } = options;
  const groth16 = m.contract(name, [], { id: keyId(options) });
  const args = [groth16, { ...shape }, verificationKeyDigest];
  return { groth16, verifier: m.contract(wrapperOf(options), args, { id: verifierId(options) }) };
}

function wrapperOf({ setup }: VerifierOptions) {
  return setup === "ceremony" ? "MedianVerifier" : "DevelopmentMedianVerifier";
}

// Ignition remembers a verifier by its contracts, key and shape, so that another may follow it.

function keyId({ groth16, verificationKeyDigest }: VerifierOptions): string {
  return `${groth16}_${verificationKeyDigest}`;
}

function verifierId(options: VerifierOptions): string {
  const { nMax, k, lanes } = options.shape;
  return `${wrapperOf(options)}_n${nMax}_k${k}_v${lanes}_${keyId(options)}`;
}
