import { Contract } from "ethers";
import { publicBinding, statementVector } from "../../../core/proof/public-binding.ts";
import { feedHubAbi } from "../../../node/chain/generated/abi.ts";
import { offerForeignProof } from "../chain/foreign-proof.ts";
import type { RoundRecord } from "../ledger.ts";
import { CHAIN_ID, type DevNetwork } from "../network.ts";
import type { DevnetRun } from "../run.ts";
import { type Check, check } from "./check.ts";

/** Per record the public inputs of its proof, recomputed from the chain's own data; undefined where they do not bind. */
export type PublicInputs = readonly (readonly bigint[] | undefined)[];

export async function foreignProofsOf(
  { provider, deployment }: DevNetwork,
  records: readonly RoundRecord[],
): Promise<(string | undefined)[]> {
  const hub = new Contract(deployment.hub, feedHubAbi, provider);
  const results: (string | undefined)[] = [];
  for (const [i, { proof }] of records.entries()) {
    const next = records[i + 1];
    if (proof === undefined || next?.proof === undefined) continue;
    results.push(await offerForeignProof(hub, proof, { transmission: next.transmission, proof: next.proof }));
  }
  return results;
}

export function publicInputsOf(
  { deployment, configuration }: DevNetwork,
  { transmission, proof }: RoundRecord,
): readonly bigint[] | undefined {
  if (proof === undefined) return undefined;
  const { report, feeds } = transmission;
  const domain = { chainId: BigInt(CHAIN_ID), hub: deployment.hub };
  const observerKeys = configuration.members.map(({ observer }) => observer);
  const w = statementVector(
    { domain, report, feeds, observerKeys, window: configuration.timing.window },
    { nMax: observerKeys.length },
  );
  const { commitment, x, y } = publicBinding(w);
  // Had the chain taken a proof for another commitment, x and y would be of another statement than this one.
  return commitment === proof.commitment ? [commitment, x, y] : undefined;
}

export interface ProofAudit {
  readonly foreignProofs: readonly (string | undefined)[];
  readonly publicInputs: PublicInputs;
}

export function proofChecks(run: DevnetRun, { foreignProofs, publicInputs }: ProofAudit): Check[] {
  return [
    allProven(run),
    distinctInputs(run.ledger.rounds, publicInputs),
    foreignProofsRejected(foreignProofs),
    marketReads(run),
  ];
}

/** What a run without proofs promises instead: as many reports as were wanted, each signed by f+1 members. */
export function allSigned({ options, ledger, network }: DevnetRun): Check {
  const wanted = options.rounds ?? 1;
  const short = ledger.rounds.length < wanted ? [`${ledger.rounds.length} of ${wanted} reports were transmitted`] : [];
  const thin = ledger.rounds.flatMap(({ transmission: { sequence, signers, report } }) => {
    const committee = network?.committees.find(({ digest }) => digest === report.configDigest);
    const needed = (committee?.configuration.f ?? Infinity) + 1;
    return new Set(signers).size >= needed ? [] : [`report ${sequence} has ${signers.length} signers, not ${needed}`];
  });
  return check("transmitted reports are signed", [...short, ...thin], `${ledger.rounds.length} by f+1 members each`);
}

function allProven({ options, ledger }: DevnetRun): Check {
  const wanted = ledger.provable.slice(0, options.rounds ?? ledger.provable.length);
  const missing = wanted.filter(({ proof }) => proof === undefined);
  const problems = missing.map(({ transmission }) => `round ${transmission.sequence} is not proven`);
  return check("transmitted reports are proven", problems, `${wanted.length} of ${wanted.length}`);
}

function distinctInputs(records: readonly RoundRecord[], publicInputs: PublicInputs): Check {
  const proven = records.filter(({ proof }) => proof !== undefined).length;
  const texts = publicInputs.flatMap((inputs) => (inputs === undefined ? [] : [inputs.join()]));
  const repeated = texts.filter((text, i) => texts.indexOf(text) !== i).map((text) => `repeated: ${text}`);
  const foreign =
    texts.length === proven ? [] : [`${proven - texts.length} proofs commit to another statement than their report's`];
  return check("public inputs differ", [...repeated, ...foreign], `${texts.length} proofs`);
}

function foreignProofsRejected(results: readonly (string | undefined)[]): Check {
  const problems = results
    .filter((result) => result !== "ProofRejected")
    .map((result) => (result === undefined ? "a foreign proof was accepted" : `refused for another reason: ${result}`));
  return check("a proof is worth nothing for the next round", problems, `${results.length} foreign proofs rejected`);
}

function marketReads({ market }: DevnetRun): Check {
  return check(
    "the market reads a proven price",
    market.price === undefined ? [`it refuses: ${market.refusal ?? "unknown"}`] : [],
    `price ${market.price ?? "none"}`,
  );
}
