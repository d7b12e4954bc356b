import { readFile, stat, writeFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { EquivocationKind } from "../../core/types/evidence.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { EvidenceExport, EvidenceFilter, VerifiedEvidence, VerifyOptions } from "../app/evidence.ts";
import { readNodeConfig } from "../config/node-config.ts";
import { printJson } from "./json.ts";

export interface EvidenceFileError {
  readonly code: "evidence-file-unreadable";
  readonly file: string;
}

/** Sixteen pieces of each kind against each of 31 members, some 20 kB each, of two configurations. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const KINDS: readonly EquivocationKind[] = ["proposal", "report", "observation"];
const DEFAULT_CONFIG = "quorate.yaml";

interface FilterFlags {
  readonly config: string;
  readonly member?: number;
  readonly kind?: EquivocationKind;
  readonly configuration?: Hex;
  readonly json?: boolean;
}

interface ExportFlags extends FilterFlags {
  readonly out?: string;
  readonly court?: Hex;
}

interface VerifyFlags {
  readonly rpc?: string;
  readonly registry?: Hex;
  readonly court?: Hex;
  readonly json?: boolean;
}

/** `quorate evidence …`: what members did that no honest node does, from the node's database to the court. */
export function addEvidenceCommands(program: Command): void {
  const evidence = program.command("evidence").description("look at evidence of equivocation, export and verify it");
  withFilters(evidence.command("list").description("list what the node witnessed; it may be running"))
    .option("--json", "print the list as JSON")
    .action(list);
  withFilters(
    evidence.command("export").description("write evidence as JSON that anybody can verify, with the court's call"),
  )
    .option("-o, --out <file>", "write to this file, and say what is in it (default: JSON on standard output)")
    .option("--court <address>", "EquivocationCourt: completes the transactions", address)
    .option("--json", "print the documents on standard output, also with --out")
    .action(exportAll);
  evidence
    .command("verify")
    .description("verify exported evidence by itself, or against a registry")
    .argument("<file>", "what `evidence export` wrote")
    .option("--rpc <url>", "also ask a chain whether the registry knows the committee")
    .option("--registry <address>", "the CommitteeRegistry that you trust", address)
    .option("--court <address>", "also ask this court what it would say", address)
    .option("--json", "print the result as JSON")
    .action(verify);
}

function withFilters(command: Command): Command {
  return command
    .option("-c, --config <file>", "the node's configuration file", DEFAULT_CONFIG)
    .option("--member <index>", "only against this member", memberIndex)
    .addOption(new Option("--kind <kind>", "only of this kind").choices(KINDS))
    .option("--configuration <digest>", "only of this configuration", digest);
}

async function list(flags: FilterFlags): Promise<void> {
  const config = await readNodeConfig(flags.config);
  const { databaseFile, listEvidence } = await import("../app/evidence.ts");
  const stored = listEvidence(config, filterOf(flags));
  if (flags.json === true) {
    printJson(stored.map(({ configDigest, evidence }) => ({ configDigest, ...evidence })));
    return;
  }
  for (const { configDigest, evidence } of stored) console.log(accusationText({ configDigest, ...evidence }));
  if (stored.length === 0)
    console.log(`no evidence in ${databaseFile(config.dataDirectory)}: nobody was seen contradicting itself`);
  else
    console.log(
      pc.dim("\n`quorate evidence export` writes it so that others can verify it, and names the court's call"),
    );
}

async function exportAll(flags: ExportFlags): Promise<void> {
  const { config: file, out, court, json } = flags;
  const config = await readNodeConfig(file);
  const { databaseFile, exportEvidence, listEvidence } = await import("../app/evidence.ts");
  const stored = listEvidence(config, filterOf(flags));
  const options = { chain: config.chain, ...(court !== undefined && { court }) };
  const documents = await exportEvidence(stored, options);
  if (out !== undefined) await writeFile(out, `${JSON.stringify(documents, undefined, 2)}\n`);
  if (json === true || out === undefined) printJson(documents);
  else printExported(documents, out);
  if (documents.length === 0) console.error(`no evidence in ${databaseFile(config.dataDirectory)}: nothing to export`);
}

async function verify(file: string, flags: VerifyFlags, command: Command): Promise<void> {
  const { rpc, registry, court, json } = flags;
  if ((rpc === undefined) !== (registry === undefined)) command.error("error: --rpc and --registry go together");
  if (court !== undefined && rpc === undefined) command.error("error: --court needs --rpc and --registry");
  const { verifyEvidence } = await import("../app/evidence.ts");
  const options: VerifyOptions = {
    ...(rpc !== undefined && registry !== undefined && { chain: { rpc: [rpc], registry } }),
    ...(court !== undefined && { court }),
  };
  const verified = await verifyEvidence(await readJson(file), options);
  if (json === true) printJson(verified);
  else verified.forEach(printVerified);
  if (!verified.every(({ holds }) => holds)) process.exitCode = 1;
}

function filterOf({ member, kind, configuration }: FilterFlags): EvidenceFilter {
  return {
    ...(member !== undefined && { member }),
    ...(kind !== undefined && { kind }),
    ...(configuration !== undefined && { configDigest: configuration }),
  };
}

interface Accusation {
  readonly kind: EquivocationKind;
  readonly member: number;
  readonly sequence: bigint;
  readonly configDigest: Hex;
}

/** `member 2 signed two proposals in epoch 3, round 7 of configuration 1 (0x995bac34…)` */
function accusationText({ kind, member, sequence, configDigest }: Accusation): string {
  const { configIndex, epoch, round } = slotOf(sequence);
  const where = `epoch ${epoch}, round ${round} of configuration ${configIndex} (${configDigest.slice(0, 10)}…)`;
  return `member ${member} signed two ${kind}s in ${where}`;
}

function printExported(documents: readonly EvidenceExport[], out: string): void {
  for (const { sequence, ...document } of documents) {
    console.log(accusationText({ ...document, sequence: BigInt(sequence) }));
    if (document.transaction === undefined)
      console.log(pc.dim("  no contract judges observations: show it to the owner"));
    else {
      console.log(`  to    ${document.transaction.to ?? pc.yellow("the court: name it with --court")}`);
      console.log(`  data  ${document.transaction.data}`);
    }
  }
  console.log(`written to ${out}; \`quorate evidence verify ${out}\` verifies it anywhere`);
}

function printVerified(verified: VerifiedEvidence): void {
  const { fault, registered, court, signer, registry, chainId } = verified;
  console.log(`${verified.holds ? pc.green("✓") : pc.red("✗")} ${accusationText(verified)}`);
  console.log(`    signer ${signer}, registry ${registry} on chain ${chainId}`);
  if (fault !== undefined) console.log(`    ${pc.red(`shows nothing: ${fault.code}`)}`);
  if (registered === undefined)
    console.log(
      `    ${pc.yellow("whether that registry knows the committee was not asked: add --rpc and --registry")}`,
    );
  else console.log(`    to your registry the configuration is ${registered}`);
  if (court !== undefined) console.log(`    the court ${opinionText(court)}`);
}

function opinionText(court: NonNullable<VerifiedEvidence["court"]>): string {
  switch (court.kind) {
    case "convicts":
      return "would convict: send it the transaction of the export";
    case "already-convicted":
      return "has convicted this member already";
    case "refuses":
      return `refuses it: ${court.error}`;
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    if ((await stat(file)).size > MAX_FILE_BYTES) throw new RangeError(`more than ${MAX_FILE_BYTES} bytes`);
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (cause) {
    const message = `${file} is no JSON document that can be read: name what \`quorate evidence export\` wrote`;
    throw new QuorateError<EvidenceFileError>({ code: "evidence-file-unreadable", file }, message, { cause });
  }
}

function address(text: string): Hex {
  return hexOf(text, 40, "expected 0x and 40 hexadecimal digits");
}

function digest(text: string): Hex {
  return hexOf(text, 64, "expected 0x and 64 hexadecimal digits");
}

function hexOf(text: string, digits: number, expected: string): Hex {
  if (!new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(text)) throw new InvalidArgumentError(expected);
  return text.toLowerCase() as Hex;
}

function memberIndex(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw new InvalidArgumentError("expected a committee index");
  return Number(text);
}
