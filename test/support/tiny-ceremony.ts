import { spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Hex } from "../../core/types/hex.ts";
import { applyBeacon } from "../../scripts/ceremony/beacon.ts";
import { accept, contribute } from "../../scripts/ceremony/contribute.ts";
import type { CeremonyCircuit, CeremonyDeps } from "../../scripts/ceremony/deps.ts";
import { digestOfFile } from "../../scripts/ceremony/files/digests.ts";
import { beginCeremony } from "../../scripts/ceremony/init.ts";
import { transcriptFile } from "../../scripts/ceremony/transcript.ts";
import { NODE_MODULES } from "../../scripts/circuits/paths.ts";
import { circuitFiles } from "./circuits.ts";

/** Public signals as those of a median proof, and constraints that a test can satisfy by hand: C = a·b, y = x·a + b. */
const SOURCE = `pragma circom 2.1.6;
template Tiny() {
    signal input C;
    signal input x;
    signal input y;
    signal input a;
    signal input b;
    signal square <== a * a;
    signal fourth <== square * square;
    signal inverse <-- 1 / (fourth + 1);
    (fourth + 1) * inverse === 1;
    C === a * b;
    signal product <== x * a;
    y === product + b;
}
component main {public [C, x, y]} = Tiny();
`;

const INSTANCE = { name: "tiny-n4-k3-v8", shape: { nMax: 4, k: 3, lanes: 8 } };
/** Eight rows would do; a larger one shows that the circuit need not fill the powers. */
export const TINY_POWER = 5;
export const BEACON_VALUE = `0x${"5e".repeat(32)}` as const;

export async function tinyCircuit(): Promise<CeremonyCircuit> {
  return compiledCircuit(SOURCE);
}

/** Another circuit with as many signals, one constraint of which is another. */
export async function otherCircuit(): Promise<CeremonyCircuit> {
  return compiledCircuit(SOURCE.replace("C === a * b", "C === a * (b + 1)"));
}

async function compiledCircuit(source: string): Promise<CeremonyCircuit> {
  const { r1cs, wasm } = await circuitFiles(INSTANCE.name, source);
  const file = async (at: string) => ({ path: at, sha256: await digestOfFile(at) });
  return { ...INSTANCE, r1cs: await file(r1cs), wasm: await file(wasm) };
}

export const tinyDeps: CeremonyDeps = {
  circuitOf: tinyCircuit,
  now: () => new Date("2026-01-02T03:04:05Z"),
  progress: () => undefined,
};

/** Runs the command line of stock snarkjs, as a participant would. @throws Error with its output where it fails. */
export async function stockSnarkjs(...args: readonly string[]): Promise<string> {
  const cli = path.join(NODE_MODULES, "snarkjs/build/cli.cjs");
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`snarkjs ${args.join(" ")} failed: ${output}`);
  return output;
}

/** Powers of tau of a real ceremony, small: begun, contributed to, ended by a beacon, prepared. All but the last are kept, too. */
export async function contributedPowers(folder: string): Promise<string> {
  const at = (name: string) => path.join(folder, `${name}.ptau`);
  await stockSnarkjs("powersoftau", "new", "bn128", String(TINY_POWER), at("new"));
  await stockSnarkjs("powersoftau", "contribute", at("new"), at("contributed"), "--name=first", "-e=some text");
  await stockSnarkjs("powersoftau", "beacon", at("contributed"), at("ended"), BEACON_VALUE.slice(2), "10", "-n=beacon");
  await stockSnarkjs("powersoftau", "prepare", "phase2", at("ended"), at("prepared"));
  return at("prepared");
}

/** The digest that the makers of powers of tau publish; of these small ones nobody did, so each check must be given it. */
export function powersDigest(powers: string): Promise<Hex> {
  return digestOfFile(powers, "blake2b512");
}

/** A ceremony with a contribution made here, one by stock snarkjs, and a beacon. @returns its folder. */
export async function finishedCeremony(scratch: string, powers: string): Promise<string> {
  const folder = path.join(scratch, "finished");
  const key = (index: number) => path.join(folder, `000${index}.zkey`);
  await beginCeremony({ folder, circuit: INSTANCE.name, powers, blake2b: await powersDigest(powers) }, tinyDeps);
  await contribute({ folder, name: "Ada", text: "something typed" }, tinyDeps);
  const returned = path.join(scratch, "returned.zkey");
  await stockSnarkjs("zkey", "contribute", key(1), returned, "--name=Grace", "-e=more text");
  await accept({ folder, file: returned }, tinyDeps);
  await applyBeacon(
    { folder, source: "round 7 of a public lottery", value: BEACON_VALUE, iterationsExp: 10 },
    tinyDeps,
  );
  return folder;
}

/** A transcript as plain data, to be changed at will. */
export interface WrittenTranscript {
  circuit: Record<string, unknown>;
  powers: Record<string, unknown>;
  initial: Record<string, unknown>;
  contributions: Record<string, unknown>[];
  beacon: Record<string, unknown> | null;
}

/** A copy of a ceremony, whose transcript is changed. @returns its folder. */
export async function copyOf(
  ceremony: string,
  to: string,
  change: (transcript: WrittenTranscript) => void = () => undefined,
): Promise<string> {
  await mkdir(path.dirname(to), { recursive: true });
  await cp(ceremony, to, { recursive: true });
  const transcript = JSON.parse(await readFile(transcriptFile(to), "utf8")) as WrittenTranscript;
  change(transcript);
  await writeFile(transcriptFile(to), JSON.stringify(transcript));
  return to;
}
