import { DEPTH, FAULT, FUEL } from "../admission/rules.ts";
import { classify, faultOf } from "../guest/classify.ts";
import type { Counters } from "../guest/counters.ts";
import { GuestFault } from "../guest/guest-fault.ts";
import { performPhase } from "../guest/phase.ts";
import type { CompiledProgram, Guest, PhaseOutcome, Program, ProgramTerms } from "../guest/program.ts";
import { GuestSession, type PhaseRun } from "../guest/session.ts";
import { WasiExit } from "../wasi/wasi.ts";
import { webAssembly } from "../wasm/web-assembly.ts";
import { CoreLinker } from "./core-linker.ts";
import { compileGlue, type GlueFactory } from "./glue.ts";
import { hostImports } from "./host-interface.ts";
import { endingOf, meteredGlobals } from "./host-calls.ts";
import { createComponentWasi, type ComponentWasi } from "./wasi2/wasi2.ts";

type CompiledComponent = Extract<CompiledProgram, { shape: "component" }>;

/** What instances of a component are made of. */
interface ComponentParts {
  readonly cores: CompiledComponent["cores"];
  readonly factory: GlueFactory;
  readonly terms: ProgramTerms;
}

type PhaseFunction = (input: Uint8Array) => Uint8Array;

/** What the generated code answers: the phases, or wasi:cli/run. */
interface Root {
  readonly requests?: PhaseFunction;
  readonly observe?: PhaseFunction;
  readonly run?: () => void;
}

const RUN = "wasi:cli/run@";

/**
 * A component, ready to be instantiated: its generated code is compiled once per thread, and evaluated anew for each
 * instance. All its core modules share one set of counters, so fuel and depth are the component's and exact.
 *
 * Instances are linked in advance, their start functions within the fuel of such. A component whose start functions call
 * the host (wasi-libc looks for its folders) asks for what only a run knows: it is linked first thing in the phase, and
 * that fuel is the phase's.
 */
export function createComponentProgram({ glue, cores }: CompiledComponent, terms: ProgramTerms): Promise<Program> {
  return new Promise((resolve) => {
    const parts = { cores, factory: compileGlue(glue), terms };
    /** Whether start functions ask for what only a run knows. Found out with the first instance. */
    let late = false;
    const instantiate = () => {
      const guest = new ComponentGuest(parts);
      if (late) return guest;
      try {
        guest.link();
        return guest;
      } catch (error) {
        // Whatever else failed, this machine's memory among it, may go well the next time.
        if (!guest.asked) throw guest.faultOf(error);
        late = true;
        return new ComponentGuest(parts);
      }
    };
    resolve({ shape: "component", instantiate });
  });
}

class ComponentGuest implements Guest {
  readonly #parts: ComponentParts;
  readonly #session = new GuestSession();
  readonly #counters: Counters = {
    fuel: new webAssembly.Global({ value: "i64", mutable: true }, FUEL.instantiation),
    depth: new webAssembly.Global({ value: "i32", mutable: true }, DEPTH.slots),
    fault: new webAssembly.Global({ value: "i32", mutable: true }, FAULT.none),
  };
  readonly #wasi: ComponentWasi;
  readonly #linker: CoreLinker;
  #root: Root | undefined;
  #running = false;
  #asked = false;

  constructor(parts: ComponentParts) {
    this.#parts = parts;
    const context = { session: this.#session, counters: this.#counters, onCall: () => this.#onHostCall() };
    this.#linker = new CoreLinker(context);
    this.#wasi = createComponentWasi(this.#session, parts.terms);
    this.#session.attach({ memory: this.#linker.memory, fuel: this.#counters.fuel });
  }

  /** Whether a start function has called the host before there was a run. */
  get asked(): boolean {
    return this.#asked;
  }

  get memoryBytes(): number {
    return this.#linker.memory.buffer.byteLength;
  }

  /** What a start function ended by, in the words of a phase. */
  faultOf(error: unknown): GuestFault {
    return faultOf(classify(endingOf(error), this.#counters));
  }

  /** Links the core modules, which runs their start functions. Throws what the engine throws. */
  link(): Root {
    const { factory, cores } = this.#parts;
    const instantiate = factory(meteredGlobals({ session: this.#session, counters: this.#counters }));
    const exports = instantiate(
      (path) => cores[path] ?? {},
      { ...this.#wasi.imports, ...hostImports(this.#session) },
      (core, imports) => this.#linker.instantiate(core, imports),
    );
    return (this.#root = rootOf(exports));
  }

  run(run: PhaseRun): PhaseOutcome {
    this.#running = true;
    const context = { session: this.#session, counters: this.#counters };
    const result = performPhase(context, run, () => this.#execute(run));
    return { result, memoryBytes: this.memoryBytes };
  }

  #execute({ phase, input }: PhaseRun): Uint8Array {
    try {
      const root = this.#root ?? this.link();
      return root.run === undefined ? this.#call(root[phase], input) : this.#command(root.run);
    } catch (error) {
      throw endingOf(error);
    } finally {
      this.#wasi.end();
    }
  }

  #call(phase: PhaseFunction | undefined, input: Uint8Array): Uint8Array {
    if (phase === undefined) throw new GuestFault("trap", "the component has no such phase");
    this.#session.charge(input.length);
    return phase(input);
  }

  #command(run: () => void): Uint8Array {
    try {
      run();
    } catch (error) {
      const exitCode = exitCodeOf(error);
      if (exitCode === undefined) throw error;
      if (exitCode !== 0) throw new WasiExit(exitCode);
    }
    return this.#wasi.stdout().slice();
  }

  #onHostCall(): void {
    if (this.#running) return;
    this.#asked = true;
    throw new GuestFault("trap", "a start function called the host before there was a run");
  }
}

/** A `run` that answers its error case is an exit with code 1; the generated code throws an object with a payload for it. */
function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof WasiExit) return error.exitCode;
  return error instanceof Error && Object.hasOwn(error, "payload") ? 1 : undefined;
}

function rootOf(exports: Readonly<Record<string, unknown>>): Root {
  const run = Object.entries(exports).find(([name]) => name.startsWith(RUN))?.[1];
  return run ?? exports;
}
