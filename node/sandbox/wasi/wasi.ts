import type { GuestSession } from "../guest/session.ts";
import type { HostFunction } from "../wasm/web-assembly.ts";
import { clockCalls, pollCalls } from "./clock-calls.ts";
import { descriptorCalls, dialectCalls } from "./descriptor-calls.ts";
import { PREVIEW_1, UNSTABLE, type Dialect } from "./dialect.ts";
import { pathCalls, pathDialectCalls } from "./path-calls.ts";
import { processCalls } from "./process-calls.ts";
import type { WasiModule } from "./signatures.ts";
import { WasiState, type WasiTerms } from "./wasi-state.ts";

export interface Wasi {
  /** Import modules by name. Each is made when it is first asked for: hand the object on instead of spreading it. */
  readonly imports: Readonly<Record<WasiModule, Readonly<Record<string, HostFunction>>>>;
  /** To be called when the session has begun a run. */
  begin(): void;
  /** What the guest wrote to stdout. */
  stdout(): Uint8Array;
  /** To be called when the phase has ended, however it did: logs what stderr holds without an end of line. */
  end(): void;
}

/** `proc_exit` of the guest. Code 0 is how many programs end well. */
export class WasiExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the module ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/**
 * WASI preview 1 and its forerunner for the instance of one session. A phase sees its arguments, the envelope on stdin, the
 * folders of the manifest, and a clock and randomness that are the round's; it can change nothing but stdout and stderr.
 * Equal runs get equal answers and pay equal fuel. Whatever the arguments, a function throws nothing but GuestFault and WasiExit.
 */
export function createWasi(session: GuestSession, terms: WasiTerms): Wasi {
  const state = new WasiState(session, terms);
  return {
    imports: new LazyImports(state),
    begin: () => state.begin(),
    stdout: () => state.stdout.contents(),
    end: () => state.stderr.flush(),
  };
}

class LazyImports {
  readonly #state: WasiState;
  #shared: Readonly<Record<string, HostFunction>> | undefined;
  readonly #modules: Partial<Record<WasiModule, Readonly<Record<string, HostFunction>>>> = {};

  constructor(state: WasiState) {
    this.#state = state;
  }

  get wasi_snapshot_preview1() {
    return (this.#modules.wasi_snapshot_preview1 ??= this.#functions(PREVIEW_1));
  }

  get wasi_unstable() {
    return (this.#modules.wasi_unstable ??= this.#functions(UNSTABLE));
  }

  #functions(dialect: Dialect): Readonly<Record<string, HostFunction>> {
    const state = this.#state;
    this.#shared ??= charged(state.session, {
      ...clockCalls(state),
      ...descriptorCalls(state),
      ...pathCalls(state),
      ...processCalls(state),
      proc_exit(code: number) {
        throw new WasiExit(code);
      },
    });
    const own = { ...dialectCalls(state, dialect), ...pathDialectCalls(state, dialect), ...pollCalls(state, dialect) };
    return { ...this.#shared, ...charged(state.session, own) };
  }
}

/** Charges each call before it does anything, and gives it its arguments as WASI means them, unsigned. */
function charged(
  session: GuestSession,
  calls: Readonly<Record<string, HostFunction>>,
): Readonly<Record<string, HostFunction>> {
  const charge = ([name, call]: [string, HostFunction]): [string, HostFunction] => [
    name,
    (...args: readonly (number | bigint)[]) => {
      session.charge();
      return call(...(args.map(unsigned) as never[]));
    },
  ];
  return Object.fromEntries(Object.entries(calls).map(charge));
}

function unsigned(value: number | bigint): number | bigint {
  return typeof value === "bigint" ? BigInt.asUintN(64, value) : value >>> 0;
}
