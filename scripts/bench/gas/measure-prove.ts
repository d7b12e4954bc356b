import { packProvenReport, packUpdate } from "../../../core/codec/report-update.ts";
import type { Prover } from "../../../core/ports/prover.ts";
import { startProver } from "../../../node/app/prover.ts";
import { ensureCircuits } from "../../circuits/ensure-circuits.ts";
import { USUAL_CIRCUIT } from "../../devnet/committee.ts";
import { progressLog } from "../progress-log.ts";
import type { BenchContext } from "../result.ts";
import { type GasNetwork, gasOf, signRound } from "./gas-network.ts";

export interface ProveOptions {
  readonly runs: number;
  /** The last round that this network has had. */
  readonly lastRound: number;
}

/** Proofs before the first that is measured: a feed's first proven value writes an empty slot. */
const FIRST_PROOFS = 2;

/** Gas of real proofs of reports with new values each time, verified on chain, with all feeds stored as proven. */
export async function measureProve(
  network: GasNetwork,
  { runs, lastRound }: ProveOptions,
  context: BenchContext,
): Promise<number[]> {
  context.progress("building the circuit, if need be");
  const prover = await startProver(
    { circuit: USUAL_CIRCUIT, ...(await ensureCircuits({ instance: USUAL_CIRCUIT })) },
    { log: progressLog(context) },
  );
  const used: number[] = [];
  try {
    for (let proof = 1; proof <= FIRST_PROOFS + runs; proof++) {
      context.progress(`proof ${proof} of ${FIRST_PROOFS + runs}`);
      used.push(await proveRound(network, lastRound + proof, { prover, signal: context.signal }));
    }
  } finally {
    await prover.stop();
  }
  return used.slice(FIRST_PROOFS);
}

/** Transmits a round and proves it. */
async function proveRound(
  network: GasNetwork,
  round: number,
  { prover, signal }: { readonly prover: Prover; readonly signal: AbortSignal },
): Promise<number> {
  const { hub, committee, domain } = network;
  const { members, timing } = committee.configuration;
  const signed = await signRound(network, round);
  const { report, feeds, observations } = signed;
  await gasOf(await hub.getFunction("transmit").send(packUpdate(signed, feeds.mask)));
  const observerKeys = members.map(({ observer }) => observer);
  const statement = { domain, report, feeds, observations, observerKeys, window: timing.window };
  const { proof, publicSignals } = await prover.prove(statement, { signal });
  const { reportIndex } = (await hub.getFunction("head").staticCall()) as { reportIndex: bigint };
  const args = [reportIndex, packProvenReport({ report, feeds }), proof, publicSignals[0]];
  return gasOf(await hub.getFunction("prove").send(...args));
}
