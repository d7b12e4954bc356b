import { Contract, type Signer } from "ethers";
import { packProvenReport, packUpdate } from "../../core/codec/report-update.ts";
import type { Prover } from "../../core/ports/prover.ts";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceOf } from "../../core/types/sequence.ts";
import { feedHubAbi } from "../../node/chain/generated/abi.ts";
import { startProver } from "../../node/app/prover.ts";
import { ensureCircuits } from "../../scripts/circuits/ensure-circuits.ts";
import { circuitVerifier } from "../../scripts/deploy/circuit-verifier.ts";
import { type DevChain, DEV_CHAIN_ID, startDevChain } from "./dev-chain.ts";
import { provableReport, type ProvableReport } from "./provable-report.ts";
import { silentLog } from "./silent-log.ts";

/** `forwarded`: by a contract that passes on what it is called with. */
type Way = "prove" | "transmitProven" | "forwarded";

const INSTANCE = "median-n4-k3-v8";

/** The development chain with a circuit's own verifier, a committee in force, and whoever proves its reports. */
export interface ProvenChain {
  readonly chain: DevChain;
  readonly configDigest: Hex;
  /** File of the verification key. */
  readonly keyFile: string;
  /** Transmits the report of a round, and proves it, later or in the same transaction. @returns the hash of the transaction that proved it. */
  prove(round: number, way: Way): Promise<Hex>;
  /** What `prove` proves. */
  reportOf(round: number): ProvableReport;
  stop(): Promise<void>;
}

export async function startProvenChain(folder: string): Promise<ProvenChain> {
  const circuit = await ensureCircuits({ instance: INSTANCE });
  const verifier = await circuitVerifier(INSTANCE);
  const chain = await startDevChain({ folder, n: 4, f: 1, lanes: 8, verifier });
  const { registry, hub } = chain.deployment;
  const domain = { chainId: BigInt(DEV_CHAIN_ID), registry, hub };
  const start = (await chain.provider.getBlock("latest"))!.timestamp;
  const reportOf = (round: number) =>
    provableReport(domain, start + round, { sequence: sequenceOf({ configIndex: 1, epoch: 1, round }) });
  const configDigest = await chain.configure(reportOf(1).configuration);
  const prover = await startProver({ circuit: circuit.instance.name, ...circuit }, { log: silentLog });
  return {
    ...{ chain, configDigest, reportOf, keyFile: circuit.artifacts.verificationKey.path },
    async prove(round, way) {
      const contract = new Contract(hub, feedHubAbi, await chain.provider.getSigner(5));
      return send(contract, { report: reportOf(round), prover, way });
    },
    async stop() {
      await prover.stop();
      await chain.stop();
    },
  };
}

async function send(
  hub: Contract,
  { report, prover, way }: { report: ProvableReport; prover: Prover; way: Way },
): Promise<Hex> {
  const { update, statement } = report;
  const { proof, publicSignals } = await prover.prove(statement, { signal: new AbortController().signal });
  const packed = packUpdate(update, update.feeds.mask);
  const call = async (method: string, args: readonly unknown[]) => {
    const transaction = (await hub.getFunction(method).send(...args)) as { hash: Hex; wait(): Promise<unknown> };
    await transaction.wait();
    return transaction.hash;
  };
  if (way === "transmitProven") return call(way, [packed, proof, publicSignals[0]]);
  if (way === "forwarded") {
    const signer = hub.runner as Signer;
    const to = await forwarderTo(await hub.getAddress(), signer);
    const data = hub.interface.encodeFunctionData("transmitProven", [packed, proof, publicSignals[0]]);
    const transaction = await signer.sendTransaction({ to, data });
    await transaction.wait();
    return transaction.hash as Hex;
  }
  const transmission = await call("transmit", [packed]);
  const receipt = await hub.runner!.provider!.getTransactionReceipt(transmission);
  const recorded = receipt!.logs
    .map((log) => hub.interface.parseLog(log))
    .find((event) => event?.name === "ReportRecorded");
  return call("prove", [recorded!.args.getValue("reportIndex"), packProvenReport(update), proof, publicSignals[0]]);
}

/** Deploys calldatacopy(0, 0, size); call(gas, target, 0, 0, size, 0, 0). */
async function forwarderTo(target: string, signer: Signer): Promise<string> {
  const runtime = `365f5f375f5f365f5f73${target.slice(2)}5af100`;
  const size = (runtime.length / 2).toString(16);
  const deployment = await signer.sendTransaction({ data: `0x60${size}8060095f395ff3${runtime}` });
  return (await deployment.wait())!.contractAddress!;
}
