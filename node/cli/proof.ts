import { readFile, stat } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { ProofVerification, StatedReport, VerifyProofOptions } from "../app/proofs/verify-proof.ts";
import { writeWhole } from "../app/whole-file.ts";
import { reportFailure } from "./failure.ts";
import { printJson } from "./json.ts";

export interface ProofFileError {
  readonly code: "proof-file-unreadable";
  readonly file: string;
}

/** A document takes some 30 kB for the largest committee, a key a few. */
const MAX_FILE_BYTES = 1_048_576;
/** What a program is told: the proof does not hold. */
const INVALID = 1;
/** … and: there is no verdict. */
const NO_VERDICT = 2;
const DEFAULT_BLOCKS = 20_000;

interface ExportFlags {
  readonly rpc: string;
  readonly registry: Hex;
  readonly feed?: string;
  readonly sequence?: bigint;
  readonly transaction?: Hex;
  readonly blocks: number;
  readonly format: "document" | "snarkjs";
  readonly out?: string;
  readonly key?: string;
}

interface VerifyFlags {
  readonly key?: string;
  readonly ceremony?: string;
  readonly configuration?: Hex;
  readonly rpc?: string;
  readonly registry?: Hex;
  readonly json?: boolean;
}

/** `quorate proof …`: proven reports, from the chain to whoever wants to verify them elsewhere. */
export function addProofCommands(program: Command): void {
  const proof = program.command("proof").description("export proven reports from a chain, and verify them anywhere");
  proof
    .command("export")
    .description("read a proven report and its proof from a chain, as JSON that anybody can verify")
    .requiredOption("--rpc <url>", "JSON-RPC endpoint of the chain", endpoint)
    .requiredOption("--registry <address>", "the committee registry's address", address)
    .addOption(new Option("--feed <name>", "the feed's newest proven value").conflicts(["sequence", "transaction"]))
    .addOption(
      new Option("--sequence <number>", "the report of this sequence").argParser(sequence).conflicts(["transaction"]),
    )
    .addOption(new Option("--transaction <hash>", "the report that this transaction proved").argParser(digest))
    .option("--blocks <count>", "how many blocks to look back for it", count, DEFAULT_BLOCKS)
    .addOption(
      new Option("--format <format>", "one document, or the three files of `snarkjs groth16 verify`")
        .choices(["document", "snarkjs"])
        .default("document"),
    )
    .option("-o, --out <path>", "write to this file, with --format snarkjs to this folder (default: standard output)")
    .option("--key <file>", "verification key for --format snarkjs (default: this release's)")
    .addHelpText("after", "\nWithout --feed, --sequence or --transaction it is the newest proven report.")
    .action(exportOne);
  proof
    .command("verify")
    .description("verify an exported proof by itself, or against a chain")
    .argument("<file>", "what `proof export` wrote")
    .option("--key <file>", "verification key as snarkjs writes it (default: this release's, by its digest)")
    .option("--ceremony <file>", "record of the ceremony that made the key, to learn how many members it is for")
    .option("--configuration <digest>", "the configuration that must have signed", digest)
    .option("--rpc <url>", "also ask a chain whether it knows committee, key and report", endpoint)
    .option("--registry <address>", "the CommitteeRegistry that you trust", address)
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      "\nExit code 0: it holds. 1: it does not, with the reason. 2: no verdict (usage, no key, no answer).",
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NO_VERDICT))
    .action(verify);
}

async function exportOne(flags: ExportFlags, command: Command): Promise<void> {
  const { rpc, registry, blocks, format, out, feed, sequence: wanted, transaction, key: given } = flags;
  if (format === "snarkjs" && out === undefined)
    command.error("error: --format snarkjs needs a folder: add --out <folder>");
  if (format !== "snarkjs" && given !== undefined)
    command.error("error: --key is for --format snarkjs: a document holds no key");
  const { exportProof } = await import("../app/proofs/export-proof.ts");
  const choice = {
    ...(feed !== undefined && { feed }),
    ...(wanted !== undefined && { sequence: wanted }),
    ...(transaction !== undefined && { transaction }),
  };
  const exported = await exportProof({ rpc: [rpc], registry, choice, blocks });
  const { proofDocument } = await import("../../core/proof/proof-document.ts");
  if (format === "snarkjs" && out !== undefined) {
    const { keyOf, SNARKJS_FILES, writeSnarkjsFiles } = await import("../app/proofs/snarkjs-files.ts");
    const key = await keyOf(exported.verificationKeyDigest, given === undefined ? undefined : await readJson(given));
    await writeSnarkjsFiles(exported, { folder: out, key });
    const { key: keyFile, publicSignals, proof } = SNARKJS_FILES;
    console.log(`report ${slotText(exported.sequence)}: written to ${out}; in there`);
    console.log(`    snarkjs groth16 verify ${keyFile} ${publicSignals} ${proof}`);
  } else if (out !== undefined) {
    await writeWhole(out, `${JSON.stringify(proofDocument(exported), undefined, 2)}\n`);
    console.log(
      `report ${slotText(exported.sequence)}: written to ${out}; \`quorate proof verify ${out}\` verifies it anywhere`,
    );
  } else printJson(proofDocument(exported));
}

async function verify(file: string, flags: VerifyFlags, command: Command): Promise<void> {
  const { rpc, registry, configuration, key, ceremony } = flags;
  if ((rpc === undefined) !== (registry === undefined)) command.error("error: --rpc and --registry go together");
  try {
    const { verifyProof } = await import("../app/proofs/verify-proof.ts");
    const { readCeremonyRecord } = await import("../app/proofs/key-circuit.ts");
    const options: VerifyProofOptions = {
      ...(key !== undefined && { key: await readJson(key) }),
      ...(ceremony !== undefined && { ceremony: await readCeremonyRecord(ceremony) }),
      ...(configuration !== undefined && { configDigest: configuration }),
      ...(rpc !== undefined && registry !== undefined && { chain: { rpc: [rpc], registry } }),
    };
    const verification = await verifyProof(await readJson(file), options);
    if (flags.json === true) printJson(verification);
    else printVerification(verification);
    if (!verification.valid) process.exitCode = INVALID;
  } catch (error) {
    reportFailure(error);
    process.exitCode = NO_VERDICT;
  }
}

function printVerification({ valid, fault, report, checked, notChecked }: ProofVerification): void {
  const what = report === undefined ? "this" : `the proof of report ${slotText(report.sequence)}`;
  console.log(valid ? `${pc.green("✓")} ${what} holds` : `${pc.red("✗")} ${what} does not hold`);
  if (fault !== undefined) console.log(`    ${pc.red(`${fault.reason} [${fault.code}]`)}`);
  if (valid && report !== undefined) printReport(report);
  for (const line of checked) console.log(`    checked      ${line}`);
  for (const line of notChecked) console.log(`    ${pc.yellow("not checked")}  ${line}`);
}

function printReport({ chainId, hub, configDigest, observedAt, feeds }: StatedReport): void {
  console.log(`    hub ${hub} on chain ${chainId}, configuration ${configDigest}`);
  console.log(`    observed at ${new Date(observedAt * 1_000).toISOString()}`);
  const width = Math.max(...feeds.map(({ name, id }) => (name ?? id).length));
  for (const { name, id, value } of feeds) console.log(`        ${(name ?? id).padEnd(width)}  ${value}`);
}

/** `281474976776199 (epoch 1, round 7 of configuration 1)` */
function slotText(number: bigint): string {
  const { configIndex, epoch, round } = slotOf(number);
  return `${number} (epoch ${epoch}, round ${round} of configuration ${configIndex})`;
}

async function readJson(file: string): Promise<unknown> {
  try {
    if ((await stat(file)).size > MAX_FILE_BYTES) throw new RangeError(`more than ${MAX_FILE_BYTES} bytes`);
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (cause) {
    const message = `${file} is no JSON document that can be read: name what \`quorate proof export\` wrote, or a verification key`;
    throw new QuorateError<ProofFileError>({ code: "proof-file-unreadable", file }, message, { cause });
  }
}

function endpoint(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError("expected an http:// or https:// URL");
  return text;
}

function address(text: string): Hex {
  return hexOf(text, 40);
}

function digest(text: string): Hex {
  return hexOf(text, 64);
}

function hexOf(text: string, digits: number): Hex {
  if (!new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(text))
    throw new InvalidArgumentError(`expected 0x and ${digits} hexadecimal digits`);
  return text.toLowerCase() as Hex;
}

function sequence(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw new InvalidArgumentError("expected a whole number");
  return BigInt(text);
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("expected a whole number of blocks");
  return Number(text);
}
