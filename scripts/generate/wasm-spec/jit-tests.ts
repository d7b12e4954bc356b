import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";
import type { SpecAction, SpecCommand, SpecFile, SpecModule, SpecValue } from "./archive.ts";

/** What the scripts hold in their variables. Nothing is executed: only written down. */
interface Handle {
  readonly id: string | undefined;
  readonly module: SpecModule | undefined;
}

interface Exported {
  readonly name: string;
  readonly from: string;
}

type Action = () => SpecAction;

/**
 * Reads the specification tests in the form that the reference interpreter writes for JavaScript engines, as they lie in
 * SpiderMonkey's `jit-test/tests/wasm/spec/<suite>`: the commands are calls of a harness, modules are strings of bytes.
 */
export function readJitTests(folder: string, suite: string): SpecFile[] {
  const files = readdirSync(path.join(folder, suite)).filter((file) => file.endsWith(".wast.js"));
  return files.toSorted().map((file) => ({
    name: `${suite}/${file.replace(".wast.js", "")}`,
    commands: record(readFileSync(path.join(folder, suite, file), "utf8")),
  }));
}

function record(script: string): SpecCommand[] {
  const commands: SpecCommand[] = [];
  // An instance is a command of its own, unless an action makes it on the spot.
  const state = { at: "?", instances: 0, inAction: false };
  const add = (command: object) => void commands.push({ at: state.at, ...command } as SpecCommand);
  const perform = (action: Action): SpecAction => {
    state.inAction = true;
    const performed = action();
    state.inAction = false;
    return performed;
  };
  const harness = {
    at: (place: string) => (state.at = place),
    instance: (bytes: string, imports?: Exported): Handle => {
      const module = { module: hex(bytes), ...(imports === undefined ? {} : { imports }) };
      if (state.inAction) return { id: undefined, module };
      const id = `$${++state.instances}`;
      add({ kind: "instance", id, ...module });
      return { id, module: undefined };
    },
    exports: (name: string, { id = "" }: Handle): Exported => ({ name, from: id }),
    call: (on: Handle, name: string, args: readonly number[]) => action("call", { on, name, args }),
    get: (on: Handle, name: string) => action("get", { on, name, args: [] }),
    register: (name: string, { id }: Handle) => add({ kind: "register", name, id }),
    run: (action: Action) => add({ kind: "run", action: perform(action) }),
    assert_return: (action: Action, ...expected: readonly number[]) =>
      add({ kind: "return", action: perform(action), expected: expected.map(value) }),
    assert_trap: (action: Action) => add({ kind: "trap", action: perform(action) }),
    assert_exhaustion: (action: Action) => add({ kind: "exhaustion", action: perform(action) }),
    assert_invalid: (bytes: string) => add({ kind: "invalid", module: hex(bytes) }),
    assert_malformed: (bytes: string) => add({ kind: "malformed", module: hex(bytes) }),
    assert_unlinkable: (bytes: string) => add({ kind: "unlinkable", module: hex(bytes) }),
    assert_uninstantiable: (bytes: string) => add({ kind: "uninstantiable", module: hex(bytes) }),
    reinitializeRegistry: () => undefined,
  };
  // `// address.wast:3` stands above each command.
  const placed = script.replaceAll(/^\/\/ (\S+\.wast:\d+)$/gm, 'at("$1");');
  vm.runInNewContext(placed, harness);
  return commands;
}

function action(
  kind: SpecAction["kind"],
  { on, name, args }: { readonly on: Handle; readonly name: string; readonly args: readonly number[] },
): SpecAction {
  const target = on.module ?? on.id;
  if (target === undefined) throw new Error(`${name} is called on nothing`);
  return { kind, on: target, name, args: args.map(value) };
}

function value(number: number): SpecValue {
  if (typeof number !== "number") throw new TypeError(`a value is ${typeof number}`);
  return `number:${Object.is(number, -0) ? "-0" : number}`;
}

function hex(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("hex");
}
