import { readFile, stat } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { writeWhole } from "../app/whole-file.ts";
import { printJson } from "./json.ts";

export interface AggregateFileError {
  readonly code: "aggregate-file-unreadable";
  readonly file: string;
}

interface CommitFlags {
  readonly terms: string;
  readonly out?: string;
}

interface ProveFlags {
  readonly terms: string;
  readonly seed: string;
  readonly samples: string;
  readonly epoch?: number;
  readonly artifacts?: string;
  readonly out?: string;
}

interface VerifyFlags {
  readonly terms: string;
  readonly announcement?: string;
  readonly key?: string;
  readonly keyDigest?: Hex;
  readonly artifacts?: string;
  readonly json?: boolean;
}

const MAX_FILE_BYTES = 64 * 1024;

/** `quorate aggregate …`: what a device does that publishes sums of private samples. The parts behind are loaded when they are needed. */
export function addAggregateCommands(program: Command): void {
  const aggregate = program
    .command("aggregate")
    .description("publish sums of private samples with proven noise, and verify them");
  aggregate
    .command("commit")
    .description(
      "draw a device's seed for its terms, and write the announcement to be published before the beacon is drawn",
    )
    .argument("<file>", "where to keep the seed, readable by you alone; never overwritten")
    .requiredOption("--terms <file>", "the device's terms, but for commitment and beacon")
    .option("-o, --out <file>", "write the announcement to this file (default: JSON on standard output)")
    .action(commit);
  aggregate
    .command("prove")
    .description("make the document of one epoch; each epoch once")
    .requiredOption("--terms <file>", "the device's terms, as the feed's manifest has them")
    .requiredOption("--seed <file>", "what `aggregate commit` wrote")
    .requiredOption("--samples <file>", 'a JSON list of numbers, such as ["21.5", 20]')
    .option("--epoch <number>", "the epoch (default: the last that is over)", wholeNumber)
    .option("--artifacts <folder>", "built circuits (default: those of npm run build)")
    .option("-o, --out <file>", "write to this file, and say how long it took (default: JSON on standard output)")
    .action(prove);
  aggregate
    .command("verify")
    .description("check a document against a device's terms, whatever its age")
    .argument("<file>", "what `aggregate prove` wrote")
    .requiredOption("--terms <file>", "the device's terms")
    .option(
      "--announcement <file>",
      "what the device published before the beacon was drawn: the terms must be its terms",
    )
    .option("--key <file>", "verification key in snarkjs' format (default: that of npm run build)")
    .option("--key-digest <digest>", "the digest that it must have", digest)
    .option("--artifacts <folder>", "built circuits (default: those of npm run build)")
    .option("--json", "print the result as JSON")
    .action(verify);
}

async function commit(file: string, { terms, out }: CommitFlags): Promise<void> {
  const { commitSeed } = await import("../app/aggregate/prove-aggregate.ts");
  const announcement = await commitSeed(file, { planFile: terms });
  if (out === undefined) {
    printJson(announcement);
    return;
  }
  await writeWhole(out, `${JSON.stringify(announcement, undefined, 2)}\n`);
  console.log(`announcement ${announcement.digest}: written to ${out}`);
  console.log(`the seed is in ${file}: whoever reads it can take the noise off; without it the device cannot go on`);
  console.log("publish the announcement now: only then may the beacon be drawn, by its rule; add it to the terms");
}

async function prove({ terms, seed, samples, out, ...rest }: ProveFlags): Promise<void> {
  const { proveAggregate } = await import("../app/aggregate/prove-aggregate.ts");
  const { systemClock } = await import("../app/system-clock.ts");
  const options = { ...rest, termsFile: terms, seedFile: seed, samplesFile: samples };
  const { document, witnessMs, proveMs } = await proveAggregate(options, { now: () => systemClock.timeOfDay() });
  if (out === undefined) {
    printJson(document);
    return;
  }
  await writeWhole(out, `${JSON.stringify(document)}\n`);
  const took = `witness ${witnessMs.toFixed(0)} ms, proof ${proveMs.toFixed(0)} ms`;
  console.log(`epoch ${document.epoch} of ${document.device}, ${document.feed}: written to ${out} (${took})`);
}

async function verify(file: string, flags: VerifyFlags, command: Command): Promise<void> {
  const { terms: termsFile, announcement: announcementFile, key, keyDigest, artifacts, json } = flags;
  if ((key === undefined) !== (keyDigest === undefined)) command.error("error: --key and --key-digest go together");
  const { verifyAggregate } = await import("../app/aggregate/verify-aggregate.ts");
  const given = key !== undefined && keyDigest !== undefined ? { file: key, digest: keyDigest } : undefined;
  const verified = await verifyAggregate(await readJson(file), { termsFile, announcementFile, key: given, artifacts });
  const { figures, fault, isForgeable } = verified;
  if (fault !== undefined) process.exitCode = 1;
  if (json === true) {
    printJson({ holds: fault === undefined, ...verified });
    return;
  }
  const what = `epoch ${figures.epoch} of ${figures.device}, ${figures.feed}: sum ${figures.sum}, mean ${figures.mean}`;
  console.log(`${fault === undefined ? pc.green("✓") : pc.red("✗")} ${what}`);
  if (fault !== undefined) console.log(`    ${pc.red(`does not hold: ${fault.code}`)}: ${fault.message}`);
  const isSame = announcementFile === undefined ? "" : ", as in the file that you named";
  console.log(`    announced as ${verified.announcement}${isSame}: look whether that was public before the beacon was`);
  if (isForgeable) console.log(pc.yellow("    the key is of the development setup: anybody can forge such a proof"));
}

async function readJson(file: string): Promise<unknown> {
  try {
    if ((await stat(file)).size > MAX_FILE_BYTES) throw new RangeError(`more than ${MAX_FILE_BYTES} bytes`);
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (cause) {
    const message = `${file} is no JSON document that can be read: name what \`quorate aggregate prove\` wrote`;
    throw new QuorateError<AggregateFileError>({ code: "aggregate-file-unreadable", file }, message, { cause });
  }
}

function digest(text: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Hex;
  throw new InvalidArgumentError("expected 0x and 64 hexadecimal digits");
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number");
}
