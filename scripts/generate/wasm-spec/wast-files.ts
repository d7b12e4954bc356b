import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { SpecAction, SpecCommand, SpecFile, SpecModule, SpecValue } from "./archive.ts";

/** What wast2json writes, as far as it is read here. */
interface WastValue {
  readonly type: "i32" | "i64" | "f32" | "f64";
  /** Unsigned decimal bits, or `nan:canonical`, `nan:arithmetic`. */
  readonly value: string;
}

interface WastAction {
  readonly type: "invoke" | "get";
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly WastValue[];
}

interface WastCommand {
  readonly type: string;
  readonly line: number;
  readonly name?: string;
  readonly as?: string;
  readonly filename?: string;
  readonly module_type?: "text" | "binary";
  readonly action?: WastAction;
  readonly expected?: readonly WastValue[];
}

/** Commands about the text format alone: nothing reaches a machine. */
const isTextual = ({ module_type }: WastCommand) => module_type === "text";

/** Reads specification tests in their own text format, through `wast2json` of wabt, which must be installed. */
export function readWastFiles(folder: string, names: readonly string[]): SpecFile[] {
  const scratch = mkdtempSync(path.join(os.tmpdir(), "wasm-spec-"));
  try {
    return names.map((name) => readWast({ folder, name, scratch }));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function readWast({ folder, name, scratch }: { folder: string; name: string; scratch: string }): SpecFile {
  const output = path.join(scratch, `${name}.json`);
  execFileSync("wast2json", [path.join(folder, `${name}.wast`), "-o", output]);
  const { commands } = JSON.parse(readFileSync(output, "utf8")) as { commands: readonly WastCommand[] };
  let current = "";
  const translated = commands
    .filter((command) => !isTextual(command))
    .map((command): SpecCommand => {
      if (command.type === "module") current = command.name ?? `line ${command.line}`;
      return { at: `${name}.wast:${command.line}`, ...translate(command, { current, scratch }) } as SpecCommand;
    });
  return { name: `binaryen/${name}`, commands: translated };
}

interface Place {
  /** Name of the last module. */
  readonly current: string;
  readonly scratch: string;
}

function translate(command: WastCommand, place: Place): object {
  const { type, as: name = "", expected = [] } = command;
  switch (type) {
    case "module":
      return { kind: "instance", id: place.current, ...moduleOf(command, place) };
    case "register":
      return { kind: "register", name, id: command.name ?? place.current };
    case "action":
      return { kind: "run", action: actionOf(command, place) };
    case "assert_return":
      return { kind: "return", action: actionOf(command, place), expected: expected.map(valueOf) };
    case "assert_trap":
    case "assert_exhaustion":
      return { kind: type.slice("assert_".length), action: actionOf(command, place) };
    case "assert_invalid":
    case "assert_malformed":
    case "assert_unlinkable":
    case "assert_uninstantiable":
      return { kind: type.slice("assert_".length), ...moduleOf(command, place) };
    default:
      throw new Error(`wast2json wrote an unknown command ${type}`);
  }
}

function moduleOf({ filename = "" }: WastCommand, { scratch }: Place): SpecModule {
  return { module: readFileSync(path.join(scratch, filename)).toString("hex") };
}

function actionOf({ action }: WastCommand, { current }: Place): SpecAction {
  if (action === undefined) throw new Error("a command lacks its action");
  const { type, module: on = current, field: name, args = [] } = action;
  return { kind: type === "invoke" ? "call" : "get", on, name, args: args.map(valueOf) };
}

function valueOf({ type, value }: WastValue): SpecValue {
  if (value.startsWith("nan:")) return value;
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64LE(BigInt(value));
  const read = {
    i32: () => bits.readInt32LE(),
    i64: () => bits.readBigInt64LE(),
    f32: () => bits.readFloatLE(),
    f64: () => bits.readDoubleLE(),
  }[type]();
  return `${type}:${Object.is(read, -0) ? "-0" : read}`;
}
