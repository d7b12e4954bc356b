import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Contract } from "ethers";
import { z } from "zod";
import { CONFIG_FILE } from "../../../node/app/init.ts";
import { equivocationCourtAbi } from "../../../node/chain/generated/abi.ts";
import { findDoubleSignatures } from "../audit/double-signatures.ts";
import { type Check, check, type Finished } from "../checks/check.ts";
import { statementsOf } from "../checks/signatures.ts";
import { type Episode, type EpisodeDeps, play } from "../episode.ts";
import type { EvidenceView } from "../nodes/admin-client.ts";

/** The committee index of the node that equivocates. */
export const EQUIVOCATOR_MEMBER = 0;
/** Byzantine nodes are programs of their own under test/support: production code has no switch to misbehave. */
export const EQUIVOCATOR_SCRIPT = fileURLToPath(
  new URL("../../../test/support/byzantine/equivocator.ts", import.meta.url),
);
const CLI = fileURLToPath(new URL("../../../node/cli/main.ts", import.meta.url));
const EXPORT_TIMEOUT_MS = 30_000;

/** Of `quorate evidence export --json`. */
const exportSchema = z.array(
  z.looseObject({
    member: z.number(),
    transaction: z.looseObject({ to: z.string(), data: z.string() }).optional(),
  }),
);

interface EquivocationRecord {
  /** By node: what it holds against whom. */
  known: readonly { readonly node: string; readonly evidence: readonly EvidenceView[] }[];
  convictionTx: string | undefined;
  /** The court's bitmap of convicted members. */
  convictions: bigint;
}

/** Waits until every honest node holds evidence, and takes what one of them exports to the court. */
export function watchEquivocator(deps: EpisodeDeps): Episode {
  const { network } = deps;
  const record: EquivocationRecord = { known: [], convictionTx: undefined, convictions: 0n };
  const honest = network.nodes.filter((_, node) => node !== EQUIVOCATOR_MEMBER);
  const part = play(async (stage) => {
    await stage.until("evidence at every honest node", async () => {
      const known = await Promise.all(honest.map(({ admin }) => admin.evidence()));
      record.known = honest.map(({ name }, i) => ({ node: name, evidence: known[i] ?? [] }));
      return record.known.every(({ evidence }) => evidence.length > 0);
    });
    stage.say(`every honest node holds evidence against node-${EQUIVOCATOR_MEMBER + 1}`);
    record.convictionTx = await convict(deps, honest[0]?.directory ?? "");
    record.convictions = await convictionsOf(deps);
    stage.say(`the court has convicted node-${EQUIVOCATOR_MEMBER + 1}`);
  }, deps);
  return {
    get finished() {
      return part.finished;
    },
    lines: part.lines,
    record: { equivocation: record },
    onEvent: () => undefined,
    plightOf: (node) => (node === EQUIVOCATOR_MEMBER ? { word: "equivocator", down: false } : undefined),
    checks: (finished) => [
      evidenceAgainstItAlone(record, part.failure),
      convicted(record, part.failure),
      auditSees(finished),
    ],
  };
}

/** As an operator would: the command line writes the transaction, anyone sends it. */
async function convict({ network: { provider, deployment } }: EpisodeDeps, directory: string): Promise<string> {
  const config = path.join(directory, CONFIG_FILE);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [CLI, "evidence", "export", "--config", config, "--court", deployment.court, "--json"],
    { timeout: EXPORT_TIMEOUT_MS },
  );
  const entries = exportSchema.parse(JSON.parse(stdout));
  const transaction = entries.find((entry) => entry.transaction !== undefined)?.transaction;
  if (transaction === undefined) throw new TypeError("no exported evidence is of a kind that the court takes");
  const sender = await provider.getSigner(0);
  const sent = await sender.sendTransaction({ to: transaction.to, data: transaction.data });
  await sent.wait();
  return sent.hash;
}

async function convictionsOf({ network }: EpisodeDeps): Promise<bigint> {
  const { provider, deployment, configDigest } = network;
  const court = new Contract(deployment.court, equivocationCourtAbi, provider);
  return (await court.getFunction("convictions").staticCall(configDigest)) as bigint;
}

function evidenceAgainstItAlone({ known }: EquivocationRecord, failure: string | undefined): Check {
  const problems = known.flatMap(({ node, evidence }) => {
    const wrong = evidence.filter(({ member }) => member !== EQUIVOCATOR_MEMBER);
    if (evidence.length === 0) return [`${node} holds none`];
    return wrong.map(({ member, kind }) => `${node} accuses honest member ${member} of two ${kind}s`);
  });
  const counts = known.map(({ node, evidence }) => `${node}: ${evidence.length}`);
  const nobody = known.length === 0 ? [failure ?? "nobody was asked"] : [];
  return check("honest nodes hold evidence against the equivocator alone", [...nobody, ...problems], counts.join(", "));
}

function convicted({ convictions }: EquivocationRecord, failure: string | undefined): Check {
  const expected = 1n << BigInt(EQUIVOCATOR_MEMBER);
  const wrong = convictions === expected ? [] : [`the court's bitmap is ${convictions}, not ${expected}`];
  const problems = failure === undefined ? wrong : [failure];
  return check("exported evidence convicts the equivocator", problems, "in the court, and nobody else");
}

/** The audit that finds nothing elsewhere must find something here. */
function auditSees({ network, records }: Finished): Check {
  const { doubles } = findDoubleSignatures(statementsOf(network, records));
  const kinds = new Set(doubles.filter(({ member }) => member === EQUIVOCATOR_MEMBER).map(({ kind }) => kind));
  const problems = kinds.size > 0 ? [] : ["it sees no two statements of one slot"];
  return check(
    "the audit sees what the equivocator signed twice",
    problems,
    `${doubles.length}: ${[...kinds].join(", ")}`,
  );
}
