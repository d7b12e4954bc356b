import type { ContractTransactionResponse } from "ethers";
import { publicBinding, statementVector, type PublicBinding } from "../../../core/proof/public-binding.ts";
import type { TestNetwork } from "./network.ts";
import { provenReportOf, type SignedReport } from "./signed-report.ts";

export interface MockProofOptions {
  readonly signed: SignedReport;
  /** The report's index in the hub. */
  readonly index: number;
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
  const { signed, index, binding = bindingOf(network, signed) } = options;
  return network.hub.prove(index, provenReportOf(signed), mockProof(binding), binding.commitment);
}

/** What `MockGroth16Verifier` takes for a proof of the binding; the generated types want mutable arrays. */
export function mockProof({ commitment, x, y }: PublicBinding): never {
  const zero = ["0", "0"];
  return { a: [commitment, x], b: [zero, zero], c: [y, 0n] } as never;
}
