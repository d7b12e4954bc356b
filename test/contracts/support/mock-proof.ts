import type { ContractTransactionResponse } from "ethers";
import { publicBinding, statementVector, type PublicBinding } from "../../../core/proof/public-binding.ts";
import type { TestNetwork } from "./network.ts";
import type { SignedReport } from "./signed-report.ts";

export interface MockProofOptions {
  readonly signed: SignedReport;
  /** The report's index in the hub. */
  readonly index: number;
  readonly storeMask: number;
  /** What the proof claims; the truth by default. */
  readonly binding?: PublicBinding;
}

/** C, x and y of a report as the prover's side computes them. */
export function bindingOf(network: TestNetwork, { report, feeds }: SignedReport): PublicBinding {
  const { members, timing } = network.committee.configuration;
  const observerKeys = members.map(({ observer }) => observer);
  const statement = { domain: network.domain, report, feeds, observerKeys, window: timing.window };
  return publicBinding(statementVector(statement, { nMax: members.length }));
}

/** Calls `prove` with what `MockGroth16Verifier` takes for a proof of the binding. */
export function proveWithMock(network: TestNetwork, options: MockProofOptions): Promise<ContractTransactionResponse> {
  const { signed, index, storeMask, binding = bindingOf(network, signed) } = options;
  const { commitment, x, y } = binding;
  const proof = {
    a: [commitment, x],
    b: [
      ["0", "0"],
      ["0", "0"],
    ],
    c: [y, 0n],
  } as const;
  return network.hub.prove(index, signed.report, signed.values, storeMask, proof as never, commitment);
}
