import type { GuestEffects } from "../../../../../core/ports/sandbox.ts";
import { GuestFault } from "../../../../../node/sandbox/guest/guest-fault.ts";
import { GuestSession, type PhaseRun } from "../../../../../node/sandbox/guest/session.ts";
import { EffectsCollector } from "../../../../../node/sandbox/host/effects.ts";
import type { WasiModule } from "../../../../../node/sandbox/wasi/signatures.ts";
import { createWasi, WasiExit, type Wasi } from "../../../../../node/sandbox/wasi/wasi.ts";
import type { WasmMemory } from "../../../../../node/sandbox/wasm/web-assembly.ts";
import { FEED, MODULE, preopened, ROUND_TIME, type Folders } from "./run-program.ts";

const PAGE_BYTES = 65_536;

export interface FixtureOptions {
  readonly folders?: Folders;
  readonly fileDescriptors?: number;
  readonly fuel?: bigint;
  readonly run?: Partial<PhaseRun>;
  /** Pages of the guest's memory. */
  readonly pages?: number;
}

export interface WasiFixture {
  readonly wasi: Wasi;
  readonly memory: DataView;
  readonly bytes: Buffer;
  /** What is left. */
  fuel(): bigint;
  /** Calls a function as a module would. @throws what it throws. */
  readonly call: (name: string, ...args: readonly (number | bigint)[]) => unknown;
  /** The same of snapshot 0. */
  readonly callUnstable: (name: string, ...args: readonly (number | bigint)[]) => unknown;
  /** Ends the phase and says what it did besides. */
  end(): GuestEffects | undefined;
}

/** WASI over a memory of its own, without a module. */
export function wasiFixture({
  folders = {},
  fileDescriptors = 16,
  pages = 2,
  ...more
}: FixtureOptions = {}): WasiFixture {
  const buffer = new ArrayBuffer(pages * PAGE_BYTES);
  const memory: WasmMemory = { buffer };
  const fuel = { value: more.fuel ?? 1_000_000_000n };
  const session = new GuestSession();
  const wasi = createWasi(session, { folders: preopened(folders), fileDescriptors });
  const effects = new EffectsCollector([]);
  session.attach({ memory, fuel });
  session.begin(phaseRun(more.run), effects);
  wasi.begin();
  return {
    wasi,
    memory: new DataView(buffer),
    bytes: Buffer.from(buffer),
    fuel: () => fuel.value,
    call: (name, ...args) => functionOf(wasi, "wasi_snapshot_preview1", name)(...(args as never[])),
    callUnstable: (name, ...args) => functionOf(wasi, "wasi_unstable", name)(...(args as never[])),
    end() {
      wasi.end();
      return effects.finish(true);
    },
  };
}

function phaseRun(run: Partial<PhaseRun> = {}): PhaseRun {
  return {
    module: MODULE,
    phase: "observe",
    input: Buffer.from("the envelope"),
    fuel: 1_000_000_000n,
    maxOutputBytes: 1024,
    feed: FEED,
    time: ROUND_TIME,
    storage: [],
    ...run,
  };
}

function functionOf({ imports }: Wasi, from: WasiModule, name: string) {
  const found = imports[from][name];
  if (found === undefined) throw new Error(`${from} has no ${name}`);
  return found;
}

/** What became of a call: its errno, or how it ended the phase. Anything else that is thrown passes through. */
export function outcomeOf(call: () => unknown): string {
  try {
    return `errno ${String(call())}`;
  } catch (error) {
    if (error instanceof GuestFault) return `${error.code}: ${error.message}`;
    if (error instanceof WasiExit) return `exit ${error.exitCode}`;
    throw error;
  }
}
