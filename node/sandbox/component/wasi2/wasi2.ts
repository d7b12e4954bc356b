import { GuestFault } from "../../guest/guest-fault.ts";
import type { GuestSession } from "../../guest/session.ts";
import type { WasiTerms } from "../../wasi/wasi-state.ts";
import { WasiExit } from "../../wasi/wasi.ts";
import { COMPONENT } from "../costs.ts";
import { Descriptor, DirectoryEntryStream, openedFolders } from "./files.ts";
import { InputStream, IoError, OutputStream, poll, Pollable, Resource } from "./io.ts";
import { ComponentState } from "./state.ts";

/** WASI 0.2 for one instance: interfaces by name without version, functions and classes by their names in JavaScript. */
export interface ComponentWasi {
  readonly imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What the guest wrote to stdout. */
  stdout(): Uint8Array;
  /** To be called when the phase has ended, however it did. */
  end(): void;
}

/** The same as under preview 1. */
const PROGRAM_NAME = "fetcher";
/** Ids of preview 1's clocks. */
const REALTIME = 0;
const MONOTONIC = 1;
const NANOSECONDS = 1_000_000_000n;
const RESOLUTION = 1n;

/**
 * The interfaces of `interfaces.ts`. A phase sees its arguments, the envelope on stdin, the folders of the manifest, and a
 * clock and randomness that are the round's; it can change nothing but stdout and stderr. Objects of our own rather than
 * the shim for browsers: its clocks, randomness and pollables are the machine's, and some of them are promises.
 */
export function createComponentWasi(session: GuestSession, terms: WasiTerms): ComponentWasi {
  const state = new ComponentState(session, terms);
  return {
    imports: {
      ...cliImports(state),
      ...terminalImports(),
      ...ioImports(state),
      ...clockImports(state),
      ...randomImports(state),
    },
    stdout: () => state.stdout.contents(),
    end: () => state.stderr.flush(),
  };
}

function cliImports(state: ComponentState) {
  return {
    "wasi:cli/environment": {
      getEnvironment: () => [],
      getArguments: () => [PROGRAM_NAME, state.session.run.phase],
      initialCwd: () => undefined,
    },
    "wasi:cli/exit": {
      exit(status: { readonly tag: string }): never {
        throw new WasiExit(status.tag === "ok" ? 0 : 1);
      },
      exitWithCode(code: number): never {
        throw new WasiExit(code);
      },
    },
    "wasi:cli/stdin": { getStdin: () => new InputStream(state, (most) => state.takeInput(most)) },
    "wasi:cli/stdout": { getStdout: () => new OutputStream(state, (bytes) => state.stdout.append(bytes)) },
    "wasi:cli/stderr": { getStderr: () => new OutputStream(state, (bytes) => state.stderr.append(bytes)) },
  };
}

class TerminalInput extends Resource {}
class TerminalOutput extends Resource {}

/** No stream is a terminal. */
function terminalImports() {
  const none = () => undefined;
  return {
    "wasi:cli/terminal-input": { TerminalInput },
    "wasi:cli/terminal-output": { TerminalOutput },
    "wasi:cli/terminal-stdin": { getTerminalStdin: none },
    "wasi:cli/terminal-stdout": { getTerminalStdout: none },
    "wasi:cli/terminal-stderr": { getTerminalStderr: none },
  };
}

function ioImports(state: ComponentState) {
  return {
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": { Pollable, poll: (pollables: readonly Pollable[]) => poll(state, pollables) },
    "wasi:io/streams": { InputStream, OutputStream },
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream, filesystemErrorCode: () => undefined },
    "wasi:filesystem/preopens": { getDirectories: () => openedFolders(state) },
  };
}

function clockImports(state: ComponentState) {
  const origin = (id: number) => state.clock.origin(id) ?? 0n;
  const read = (id: number) => origin(id) + state.clock.slept;
  return {
    "wasi:clocks/monotonic-clock": {
      now: () => read(MONOTONIC),
      resolution: () => RESOLUTION,
      subscribeInstant: (when: bigint) => new Pollable(state, when - origin(MONOTONIC)),
      subscribeDuration: (duration: bigint) => new Pollable(state, state.clock.slept + duration),
    },
    "wasi:clocks/wall-clock": {
      now: () => ({ seconds: read(REALTIME) / NANOSECONDS, nanoseconds: Number(read(REALTIME) % NANOSECONDS) }),
      resolution: () => ({ seconds: 0n, nanoseconds: Number(RESOLUTION) }),
    },
  };
}

/** All randomness is that of the round: the insecure one is no worse, the secure one no better. */
function randomImports(state: ComponentState) {
  const bytes = (length: bigint) => {
    if (length > BigInt(COMPONENT.randomBytes)) {
      throw new GuestFault("trap", `the module asks for more than ${COMPONENT.randomBytes} random bytes at once`);
    }
    const filled = new Uint8Array(Number(length));
    state.random.fill(filled, () => state.session.charge());
    return filled;
  };
  const u64 = () => new DataView(bytes(8n).buffer).getBigUint64(0, true);
  return {
    "wasi:random/random": { getRandomBytes: bytes, getRandomU64: u64 },
    "wasi:random/insecure": { getInsecureRandomBytes: bytes, getInsecureRandomU64: u64 },
    "wasi:random/insecure-seed": { insecureSeed: () => [u64(), u64()] },
  };
}
