import assert from "node:assert/strict";
import type {
  SpecAction,
  SpecCommand,
  SpecModule,
  SpecTarget,
} from "../../../../scripts/generate/wasm-spec/archive.ts";
import { DEPTH, METER_EXPORTS } from "../../../../node/sandbox/admission/rules.ts";
import { isModuleRefusal } from "../../../../node/sandbox/admission/refusal.ts";
import { expectValues, scriptValue, type WasmValue } from "./spec-values.ts";

interface Counter<T> {
  value: T;
}

type Exports = Readonly<Record<string, unknown>>;
type Imports = Readonly<Record<string, Exports>>;

/** What of the platform's WebAssembly the script language needs beyond what the sandbox uses. */
interface Platform {
  readonly Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): readonly { readonly module: string }[];
  };
  readonly Instance: new (module: object, imports: Imports) => { readonly exports: Exports };
  readonly Memory: new (limits: { initial: number; maximum: number }) => object;
  readonly Table: new (limits: { initial: number; maximum: number; element: "anyfunc" }) => object;
  readonly Global: new (...args: never) => Counter<WasmValue>;
  readonly RuntimeError: new () => Error;
  readonly LinkError: new () => Error;
}

const platform = (globalThis as unknown as { readonly WebAssembly: Platform }).WebAssembly;

/** More than any script spends. */
const FUEL = 10n ** 12n;

/**
 * What became of a command: `refused` where a module it needs is not admitted, `done` where it asserts nothing.
 * A failed assertion throws.
 */
export type SpecOutcome = "passed" | "refused" | "done";

export interface SpecMachineDeps {
  /** Makes of a module what is executed. @throws QuorateError<ModuleRefused> */
  readonly prepare: (bytes: Uint8Array) => Uint8Array;
}

/** Executes the commands of one script of the specification, in order. Judges run as they are, everything else prepared. */
export class SpecMachine {
  readonly #prepare: SpecMachineDeps["prepare"];
  /** By module name; undefined: refused. */
  readonly #registry = new Map<string, Exports | undefined>([["spectest", spectest()]]);
  /** By name; undefined: refused. */
  readonly #instances = new Map<string, Exports | undefined>();
  /** Of each module that was refused, why. */
  readonly refusals: string[] = [];

  constructor({ prepare }: SpecMachineDeps) {
    this.#prepare = prepare;
  }

  execute(command: SpecCommand): SpecOutcome {
    switch (command.kind) {
      case "instance":
        return this.#instantiate(command);
      case "register":
        return this.#register(command);
      case "invalid":
      case "malformed":
        return this.#expectRefusal(command);
      case "unlinkable":
        return this.#expectNoInstance(command, platform.LinkError);
      case "uninstantiable":
        return this.#expectNoInstance(command, platform.RuntimeError);
      case "run":
      case "return":
      case "trap":
      case "exhaustion":
        return this.#expectAction(command);
    }
  }

  #instantiate({ id, module, imports }: Extract<SpecCommand, { kind: "instance" }>): SpecOutcome {
    this.#instances.set(id, undefined);
    const compiled = this.#compile(module);
    if (compiled === undefined) return "refused";
    const offered = this.#imports(imports);
    if (offered === undefined) return "refused";
    this.#instances.set(id, new platform.Instance(compiled, offered).exports);
    return "done";
  }

  #register({ name, id }: Extract<SpecCommand, { kind: "register" }>): SpecOutcome {
    const exports = this.#instances.get(id);
    this.#registry.set(name, exports);
    return exports === undefined ? "refused" : "done";
  }

  #expectRefusal({ module }: SpecModule): SpecOutcome {
    assert.throws(() => this.#prepare(Buffer.from(module, "hex")), isModuleRefusal);
    return "passed";
  }

  #expectNoInstance({ module }: SpecModule, error: new () => Error): SpecOutcome {
    const compiled = this.#compile(module);
    if (compiled === undefined) return "refused";
    assert.throws(() => new platform.Instance(compiled, this.#registered()), error);
    return "passed";
  }

  #expectAction(command: Extract<SpecCommand, { action: SpecAction }>): SpecOutcome {
    const exports = this.#target(command.action.on);
    if (exports === undefined) return "refused";
    this.#resetMeters();
    const act = () => perform(command.action, exports);
    switch (command.kind) {
      case "run":
        act();
        break;
      case "return":
        expectValues(act(), command.expected);
        break;
      case "trap":
        assert.throws(act, platform.RuntimeError);
        assert.ok(this.#meters("depth").every(({ value }) => value >= 0));
        break;
      case "exhaustion":
        this.#expectExhaustion(act);
        break;
    }
    assert.ok(this.#meters("fuel").every(({ value }) => value >= 0));
    return "passed";
  }

  /** The engine's own stack ends at an arbitrary place; the meter's depth ends before it. */
  #expectExhaustion(act: () => unknown): void {
    const metered = this.#meters("depth").length > 0;
    assert.throws(act, metered ? platform.RuntimeError : RangeError);
    assert.equal(
      this.#meters("depth").some(({ value }) => value < 0),
      metered,
    );
  }

  #target(on: SpecTarget): Exports | undefined {
    if (typeof on === "string") {
      assert.ok(this.#instances.has(on), `there is no instance ${on}`);
      return this.#instances.get(on);
    }
    const imports = this.#imports(on.imports);
    if (imports === undefined) return undefined;
    return new platform.Instance(new platform.Module(Buffer.from(on.module, "hex")), imports).exports;
  }

  /** @returns undefined if it is not admitted, or imports from one that is not. */
  #compile(module: string): object | undefined {
    try {
      const compiled = new platform.Module(this.#prepare(Buffer.from(module, "hex")));
      const imports = platform.Module.imports(compiled).map((entry) => entry.module);
      return imports.some((name) => this.#isRefused(name)) ? undefined : compiled;
    } catch (error) {
      if (!isModuleRefusal(error)) throw error;
      this.refusals.push(error.message);
      return undefined;
    }
  }

  #isRefused(name: string): boolean {
    return this.#registry.has(name) && this.#registry.get(name) === undefined;
  }

  #imports(only: SpecModule["imports"]): Imports | undefined {
    if (only === undefined) return this.#registered();
    const exports = this.#instances.get(only.from);
    return exports === undefined ? undefined : { [only.name]: exports };
  }

  /** A module name that nobody registered offers nothing: the engine then reports a missing import, not a missing object. */
  #registered(): Imports {
    return new Proxy({}, { get: (_, name) => this.#registry.get(String(name)) ?? {} });
  }

  #resetMeters(): void {
    for (const fuel of this.#meters("fuel")) fuel.value = FUEL;
    for (const depth of this.#meters("depth")) depth.value = DEPTH.slots;
  }

  #meters(which: "fuel"): Counter<bigint>[];
  #meters(which: "depth"): Counter<number>[];
  #meters(which: "fuel" | "depth"): unknown[] {
    return [...this.#instances.values()]
      .map((exports) => exports?.[METER_EXPORTS[which]])
      .filter((counter) => counter !== undefined);
  }
}

function perform({ kind, name, args }: SpecAction, exports: Exports): unknown {
  const exported = exports[name];
  if (kind === "get") return exported instanceof platform.Global ? exported.value : exported;
  assert.ok(typeof exported === "function", `${name} is no function`);
  return (exported as (...args: WasmValue[]) => unknown)(...args.map(scriptValue));
}

/** The host module that the scripts expect. */
function spectest(): Exports {
  const print = () => undefined;
  return {
    ...{ print, print_i32: print, print_i64: print, print_f32: print, print_f64: print },
    ...{ print_i32_f32: print, print_f64_f64: print },
    ...{ global_i32: 666, global_f32: 666, global_f64: 666 },
    table: new platform.Table({ initial: 10, maximum: 20, element: "anyfunc" }),
    memory: new platform.Memory({ initial: 1, maximum: 2 }),
  };
}
