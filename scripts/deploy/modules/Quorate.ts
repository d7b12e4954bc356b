import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { CircuitShape } from "../../../core/proof/circuit.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { POSEIDON_T6 } from "../poseidon.ts";

export interface VerifierOptions {
  /** Name of the generated contract. */
  readonly groth16: string;
  readonly shape: CircuitShape;
  /** Of the key that the generated contract was made from: see `core/proof/verification-key.ts`. */
  readonly verificationKeyDigest: Hex;
  /** Where the key comes from: only a ceremony's key may serve a real chain. */
  readonly setup: "development" | "ceremony";
}

/** The network of contracts without feeds: eight transactions. The first account owns the registry. */
export function createQuorateModule({ groth16: name, shape, verificationKeyDigest, setup }: VerifierOptions) {
  return buildModule("Quorate", (m) => {
    const poseidon = m.contract("PoseidonT6", POSEIDON_T6);
    const groth16 = m.contract(name);
    const wrapper = setup === "ceremony" ? "MedianVerifier" : "DevelopmentMedianVerifier";
    const verifier = m.contract(wrapper, [groth16, { ...shape }, verificationKeyDigest]);
    const registry = m.contract("CommitteeRegistry", [m.getAccount(0), poseidon]);
    const hub = m.contract("FeedHub", [registry]);
    const court = m.contract("EquivocationCourt", [registry]);
    m.call(registry, "setHub", [hub]);
    m.call(registry, "setVerifier", [verifier]);
    return { poseidon, groth16, verifier, registry, hub, court };
  });
}
