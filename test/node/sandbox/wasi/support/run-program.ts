import { readFile } from "node:fs/promises";
import type { GuestResult, Phase, PreopenedFolder } from "../../../../../core/ports/sandbox.ts";
import { admitModule } from "../../../../../node/sandbox/admission/admit.ts";
import { createProgram } from "../../../../../node/sandbox/guest/create-program.ts";
import { compileProgram } from "../../../../../node/sandbox/guest/program.ts";
import { moduleUrl } from "./build-programs.ts";

export type Folders = Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;

export interface ProgramRun {
  readonly input?: string;
  readonly phase?: Phase;
  /** Contents by path, by the folder's own path. */
  readonly folders?: Folders;
  readonly fuel?: bigint;
  readonly maxOutputBytes?: number;
  readonly feed?: string;
  readonly time?: number;
}

export const ROUND_TIME = 1_790_000_000;
export const MODULE = `0x${"5a".repeat(32)}` as const;
export const FEED = "btc-usd";
const FILE_DESCRIPTORS = 16;

/** Runs one of the compiled programs as a sandbox's worker would: admitted, metered, in a fresh instance. */
export async function runProgram(name: string, run: ProgramRun = {}): Promise<GuestResult> {
  return runModule(await readFile(moduleUrl(name)), run);
}

export async function runModule(module: Uint8Array, run: ProgramRun = {}): Promise<GuestResult> {
  const { program } = await admitModule(module);
  const terms = { folders: preopened(run.folders ?? {}), fileDescriptors: FILE_DESCRIPTORS };
  const instance = (await createProgram(compileProgram(program), terms)).instantiate();
  return instance.run({
    module: MODULE,
    phase: run.phase ?? "requests",
    input: Buffer.from(run.input ?? ""),
    fuel: run.fuel ?? 100_000_000n,
    maxOutputBytes: run.maxOutputBytes ?? 64 * 1024,
    feed: run.feed ?? FEED,
    time: run.time ?? ROUND_TIME,
    storage: [],
  }).result;
}

export function outputOf(result: GuestResult): string {
  if (result.kind === "failed") throw new Error(`${result.code}: ${result.message}`);
  return Buffer.from(result.output).toString();
}

export function preopened(folders: Folders): readonly PreopenedFolder[] {
  return Object.entries(folders).map(([path, files]) => ({
    path,
    files: Object.entries(files).map(([name, bytes]) => ({ path: name, bytes: Buffer.from(bytes) })),
  }));
}
