import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { z } from "zod";
import type { Hex } from "../../core/types/hex.ts";
import { VERIFIERS } from "../circuits/paths.ts";
import { applyBeacon } from "./beacon.ts";
import { accept, contribute, contributeRemotely } from "./contribute.ts";
import type { CeremonyDeps } from "./deps.ts";
import { exportCeremony } from "./export.ts";
import { beginCeremony } from "./init.ts";
import {
  contributionLines,
  exportLines,
  hashLines,
  type Output,
  remoteLines,
  transcriptLines,
  verifiedLines,
} from "./report.ts";
import { beaconHash, beaconSource, ITERATIONS_EXP, participantName } from "./transcript.ts";
import { verifyCeremony } from "./verify.ts";

export interface ProgramDeps extends CeremonyDeps {
  /** Prints what a command came to. */
  readonly print: (output: Output, json: boolean) => void;
  /** Reads a line that a person types, unseen. */
  readonly askText: () => Promise<string>;
}

interface Common {
  readonly folder: string;
  readonly json?: boolean;
}

const DEFAULT_FOLDER = "ceremony";
const DEFAULT_OUT = path.join("build", "production");

/** `npm run ceremony`: the commands. They throw what is wrong; the caller reports it. */
export function createProgram(deps: ProgramDeps): Command {
  const program = new Command("ceremony")
    .description(
      "Makes a circuit's production keys with many participants, one of whom must be honest: docs/ceremony.md.",
    )
    .showHelpAfterError("(add --help for the options)");
  addInit(program, deps);
  addContribute(program, deps);
  addAccept(program, deps);
  addBeacon(program, deps);
  addVerify(program, deps);
  addExport(program, deps);
  return program;
}

/** A command with the options that all have. */
function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--folder <folder>", "the ceremony's folder", DEFAULT_FOLDER)
    .option("--json", "print one JSON document; progress goes to standard error in any case");
}

interface InitFlags extends Common {
  readonly circuit: string;
  readonly ptau: string;
  readonly ptauBlake2b?: Hex;
  readonly trustDigest?: boolean;
}

function addInit(program: Command, deps: ProgramDeps): void {
  const beginning = command(program, "init", "begin a ceremony: the initial key and the transcript")
    .requiredOption("--circuit <name>", "a circuit of circuits/instances.json")
    .requiredOption("--ptau <file>", "public powers of tau, prepared for phase 2");
  withPowersDigest(beginning).action(
    async ({ circuit, ptau, ptauBlake2b, trustDigest, folder, json = false }: InitFlags) => {
      const options = { folder, circuit, powers: ptau, blake2b: ptauBlake2b, trustDigest };
      const transcript = await beginCeremony(options, deps);
      deps.print({ document: transcript, lines: transcriptLines(transcript, folder) }, json);
    },
  );
}

interface ContributeFlags extends Common {
  readonly name: string;
  readonly text?: boolean;
  readonly from?: string;
  readonly to?: string;
}

function addContribute(program: Command, deps: ProgramDeps): void {
  const contributing = command(program, "contribute", "add randomness of this machine to the last key, and forget it")
    .requiredOption("--name <name>", "who you are, kept in the key, at most 64 characters", parseName)
    .option("--text", "ask for a line of text that is mixed in; it is neither shown nor stored")
    .option("--from <zkey>", "the key that you received: no folder is needed")
    .option("--to <zkey>", "with --from: the file to send back");
  contributing.action(async ({ name, text: asks = false, from, to, folder, json = false }: ContributeFlags) => {
    if ((from === undefined) !== (to === undefined)) contributing.error("error: --from and --to go together");
    const text = asks ? await deps.askText() : "";
    if (from !== undefined && to !== undefined) {
      const { contribution, ...outcome } = await contributeRemotely({ from, to, name, text }, deps);
      const document = { ...outcome, name: contribution.name, hash: contribution.hash };
      deps.print({ document, lines: remoteLines(document, to) }, json);
      return;
    }
    const transcript = await contribute({ folder, name, text }, deps);
    deps.print({ document: transcript.contributions.at(-1), lines: contributionLines(transcript) }, json);
  });
}

function addAccept(program: Command, deps: ProgramDeps): void {
  command(program, "accept", "take in a contribution that was made elsewhere, here or with stock snarkjs")
    .argument("<zkey>", "the file that came back")
    .action(async (file: string, { folder, json = false }: Common) => {
      const transcript = await accept({ folder, file }, deps);
      deps.print({ document: transcript.contributions.at(-1), lines: contributionLines(transcript) }, json);
    });
}

interface BeaconFlags extends Common {
  readonly source: string;
  readonly hash: Hex;
  readonly iterationsExp: number;
}

function addBeacon(program: Command, deps: ProgramDeps): void {
  command(program, "beacon", "end the ceremony with a public random value that nobody could choose")
    .requiredOption("--source <text>", "where the value comes from, as it was announced before it existed", parseSource)
    .requiredOption("--hash <hex>", "the value, at least 32 bytes", parseBeaconHash)
    .option("--iterations-exp <n>", "2^n hashes are made of it: 10 … 24", parseIterations, ITERATIONS_EXP.least)
    .action(async ({ source, hash, iterationsExp, folder, json = false }: BeaconFlags) => {
      const transcript = await applyBeacon({ folder, source, value: hash, iterationsExp }, deps);
      const lines = ["the ceremony is over; verify and export it", ...hashLines(transcript.beacon)];
      deps.print({ document: transcript.beacon, lines }, json);
    });
}

interface VerifyFlags extends Common {
  readonly ptauBlake2b?: Hex;
  readonly finalOnly?: boolean;
  readonly trustDigest?: boolean;
}

/** Commands that verify take the same digest as `init`, from whoever verifies. */
function withPowersDigest(verifying: Command): Command {
  const known = "those in snarkjs' README are known";
  return verifying
    .option("--ptau-blake2b <digest>", `of the powers of tau, as their makers publish it; ${known}`, parseBlake2b)
    .option("--trust-digest", "do not verify powers of tau whose digest is known");
}

function withVerification(verifying: Command): Command {
  return withPowersDigest(verifying).option(
    "--final-only",
    "where the keys between are not at hand: check the last one alone",
  );
}

function addVerify(program: Command, deps: ProgramDeps): void {
  withVerification(command(program, "verify", "verify all of a ceremony, trusting nothing in its folder")).action(
    async ({ json = false, ptauBlake2b, ...flags }: VerifyFlags) => {
      const options = { ...flags, blake2b: ptauBlake2b };
      const { transcript, transcriptDigest, finished } = await verifyCeremony(options, deps);
      const document = { valid: true, finished, transcriptDigest, transcript };
      deps.print({ document, lines: verifiedLines(document) }, json);
    },
  );
}

interface ExportFlags extends VerifyFlags {
  readonly out: string;
  readonly install?: boolean;
}

function addExport(program: Command, deps: ProgramDeps): void {
  withVerification(command(program, "export", "verify it, and write the files for nodes and deployment"))
    .option("--out <folder>", "gets a folder with the circuit's name", DEFAULT_OUT)
    .option("--install", "put the verifier among the contracts, where deployments find it")
    .action(async ({ json = false, install = false, ptauBlake2b, ...flags }: ExportFlags) => {
      const options = { ...flags, blake2b: ptauBlake2b, ...(install && { contracts: VERIFIERS }) };
      const exported = await exportCeremony(options, deps);
      deps.print({ document: exported, lines: exportLines(exported) }, json);
    });
}

/** One of the transcript's own rules, for an option. */
function parseAs<T>(schema: z.ZodType<T>, text: string, expected: string): T {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError(`expected ${expected}`);
}

function parseName(text: string): string {
  return parseAs(participantName, text, "1 to 64 characters");
}

function parseSource(text: string): string {
  return parseAs(beaconSource, text, "1 to 500 characters");
}

function parseBeaconHash(text: string): string {
  return parseAs(beaconHash, prefixed(text), "at least 32 bytes in hexadecimal");
}

function parseBlake2b(text: string): string {
  const digest = prefixed(text);
  if (/^0x[0-9a-f]{128}$/.test(digest)) return digest;
  throw new InvalidArgumentError("expected 128 hexadecimal digits, as b2sum prints them");
}

function parseIterations(text: string): number {
  const value = Number(text);
  const { least, most } = ITERATIONS_EXP;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
}

function prefixed(text: string): string {
  return `0x${text.toLowerCase().replace(/^0x/, "")}`;
}
