import { type Contract, isError } from "ethers";
import { packProvenReport } from "../../../core/codec/report-update.ts";
import type { ProofSeen, TransmissionSeen } from "./chain-observer.ts";

/**
 * Offers one report's proof for another report, at the block just before that one was proven, when only the proof itself
 * can be wrong. Answers the name of the hub's error, or undefined if the hub took it.
 */
export async function offerForeignProof(
  hub: Contract,
  { proof, commitment }: ProofSeen,
  to: { transmission: TransmissionSeen; proof: ProofSeen },
): Promise<string | undefined> {
  const { index, report, feeds } = to.transmission;
  const blockTag = to.proof.blockNumber - 1;
  try {
    await hub.getFunction("prove").staticCall(index, packProvenReport({ report, feeds }), proof, commitment, {
      blockTag,
    });
    return undefined;
  } catch (error) {
    if (!isError(error, "CALL_EXCEPTION")) throw error;
    return (
      error.revert?.name ??
      (error.data == null ? error.shortMessage : (hub.interface.parseError(error.data)?.name ?? error.shortMessage))
    );
  }
}
