import { refusal } from "../admission/refusal.ts";
import type { BinaryReader } from "../wasm/binary-reader.ts";
import { safeName } from "./names.ts";

/**
 * Types of a component, as text: `func(borrow<pollable>) -> bool`. Names of types other than resources are resolved,
 * so that two functions have the same text exactly if they have the same type.
 */
export type TypeEntry =
  | { readonly kind: "value" | "function" | "resource"; readonly text: string }
  | { readonly kind: "instance"; readonly exports: InstanceExports };

export interface InstanceExports {
  readonly functions: Map<string, string>;
  readonly types: Map<string, TypeEntry>;
  /** Resources that the instance itself brings, as against those that it knows from elsewhere. */
  readonly resources: Set<string>;
}

/** An index space of types, and that of the component around. */
export interface TypeScope {
  readonly types: TypeEntry[];
  readonly outer?: TypeScope;
}

/** What an import, an export or a declaration of one is. */
export type ExternDescription =
  | { readonly sort: "function"; readonly text: string }
  | { readonly sort: "type"; readonly entry: TypeEntry | undefined }
  | { readonly sort: "instance"; readonly exports: InstanceExports };

/** Characters of one type's text. WASI's longest (`stat`) has 700; a hostile one would double with each level. */
const TYPE_TEXT = 4_096;
/** Fields, cases, parameters or declarations of one type: wasi:filesystem/types declares 160 things. */
const TYPE_ITEMS = 512;
const PRIMITIVES: Readonly<Record<number, string>> = {
  0x7f: "bool",
  0x7e: "s8",
  0x7d: "u8",
  0x7c: "s16",
  0x7b: "u16",
  0x7a: "s32",
  0x79: "u32",
  0x78: "s64",
  0x77: "u64",
  0x76: "f32",
  0x75: "f64",
  0x74: "char",
  0x73: "string",
};
const INSTANCE_TYPE = 0x42;
const FUNCTION_TYPE = 0x40;

export function emptyInstance(): InstanceExports {
  return { functions: new Map(), types: new Map(), resources: new Set() };
}

/** Reads an entry of a type section and appends it. */
export function readTypeDefinition(reader: BinaryReader, scope: TypeScope): void {
  const place = reader.place;
  const form = reader.byte();
  if (form === INSTANCE_TYPE) scope.types.push({ kind: "instance", exports: readInstanceType(reader, scope) });
  else if (form === FUNCTION_TYPE) scope.types.push(bounded(reader, "function", readFunction(reader, scope)));
  else {
    const text = form in PRIMITIVES ? PRIMITIVES[form] : compound(form, reader, scope);
    if (text === undefined) throw unknown(`a type of the form 0x${form.toString(16)}`, place);
    scope.types.push(bounded(reader, "value", text));
  }
}

export function readExtern(reader: BinaryReader, scope: TypeScope): ExternDescription {
  const place = reader.place;
  switch (reader.byte()) {
    case 0x01:
      return { sort: "function", text: textAt(reader, scope, "function") };
    case 0x03:
      // Equal to a type that is there already, or a resource of its own.
      return { sort: "type", entry: reader.byte() === 0 ? entryAt(reader, scope) : undefined };
    case 0x05: {
      const entry = entryAt(reader, scope);
      if (entry.kind !== "instance") throw reader.malformed("an instance has no instance type");
      return { sort: "instance", exports: entry.exports };
    }
    default:
      throw unknown("an import or export that is no function, type or interface", place);
  }
}

/** `(alias outer …)` of a type, after its sort: the type of a component or instance type around this one. */
export function readOuterType(reader: BinaryReader, scope: TypeScope): TypeEntry {
  let from: TypeScope | undefined = scope;
  for (let count = reader.u32(); count > 0 && from !== undefined; count--) from = from.outer;
  if (from === undefined) throw reader.malformed("a type is taken from outside the component");
  return entryAt(reader, from);
}

export function entryAt(reader: BinaryReader, { types }: TypeScope): TypeEntry {
  const entry = types[reader.u32()];
  if (entry === undefined) throw reader.malformed("a type does not exist");
  return entry;
}

export function textAt(reader: BinaryReader, scope: TypeScope, kind: "value" | "function" | "resource"): string {
  const entry = entryAt(reader, scope);
  if (entry.kind !== kind) throw reader.malformed(`a type is no ${kind} type`);
  return entry.text;
}

function readInstanceType(reader: BinaryReader, outer: TypeScope): InstanceExports {
  const scope: TypeScope = { types: [], outer };
  const exports = emptyInstance();
  for (let left = itemCount(reader); left > 0; left--) readDeclaration(reader, scope, exports);
  return exports;
}

function readDeclaration(reader: BinaryReader, scope: TypeScope, exports: InstanceExports): void {
  const place = reader.place;
  switch (reader.byte()) {
    case 0x01:
      readTypeDefinition(reader, scope);
      return;
    case 0x02:
      if (reader.byte() !== 0x03 || reader.byte() !== 0x02) throw unknown("an alias of no type", place);
      scope.types.push(readOuterType(reader, scope));
      return;
    case 0x04:
      declareExport(reader, scope, exports);
      return;
    default:
      throw unknown("an interface with core types or imports", place);
  }
}

function declareExport(reader: BinaryReader, scope: TypeScope, exports: InstanceExports): void {
  const name = readExternName(reader);
  const description = readExtern(reader, scope);
  if (description.sort === "instance") throw reader.malformed("an interface exports an interface");
  if (description.sort === "function") exports.functions.set(name, description.text);
  else {
    const entry = description.entry ?? { kind: "resource", text: name };
    if (description.entry === undefined) exports.resources.add(name);
    scope.types.push(entry);
    exports.types.set(name, entry);
  }
}

/** Imports' and exports' names stand after a byte that says nothing (any longer). */
export function readExternName(reader: BinaryReader): string {
  const place = reader.place;
  if (reader.byte() > 1) throw unknown("a name with attributes", place);
  return safeName(reader);
}

function readFunction(reader: BinaryReader, scope: TypeScope): string {
  const params = items(reader, () => {
    // A parameter's name is no part of its type: versions of WASI differ in some.
    safeName(reader);
    return readValueType(reader, scope);
  });
  const place = reader.place;
  switch (reader.byte()) {
    case 0x00:
      return `func(${params}) -> ${readValueType(reader, scope)}`;
    case 0x01:
      if (reader.byte() === 0x00) return `func(${params})`;
      break;
  }
  throw unknown("a function with named results", place);
}

function readValueType(reader: BinaryReader, scope: TypeScope): string {
  // Indices are positive signed integers, forms negative ones: in one byte, 0x40 to 0x7f.
  const place = reader.place;
  const first = reader.bytes[reader.offset] ?? 0;
  if (first < 0x40 || first > 0x7f) return textAt(reader, scope, "value");
  const primitive = PRIMITIVES[reader.byte()];
  if (primitive === undefined) throw unknown(`a value of the form 0x${first.toString(16)}`, place);
  return primitive;
}

function compound(form: number, reader: BinaryReader, scope: TypeScope): string | undefined {
  const value = () => readValueType(reader, scope);
  switch (form) {
    case 0x72:
      return `record{${items(reader, () => `${safeName(reader)}: ${value()}`)}}`;
    case 0x71:
      return `variant{${items(reader, () => readCase(reader, scope))}}`;
    case 0x70:
      return `list<${value()}>`;
    case 0x6f:
      return `tuple<${items(reader, value)}>`;
    case 0x6e:
      return `flags{${items(reader, () => safeName(reader))}}`;
    case 0x6d:
      return `enum{${items(reader, () => safeName(reader))}}`;
    case 0x6b:
      return `option<${value()}>`;
    case 0x6a:
      return `result<${optional(reader, scope) ?? "_"}, ${optional(reader, scope) ?? "_"}>`;
    case 0x69:
      return `own<${textAt(reader, scope, "resource")}>`;
    case 0x68:
      return `borrow<${textAt(reader, scope, "resource")}>`;
    default:
      return undefined;
  }
}

function readCase(reader: BinaryReader, scope: TypeScope): string {
  const name = safeName(reader);
  const payload = optional(reader, scope);
  if (reader.byte() !== 0x00) throw reader.malformed("a case refines another");
  return payload === undefined ? name : `${name}(${payload})`;
}

function optional(reader: BinaryReader, scope: TypeScope): string | undefined {
  return reader.byte() === 0x00 ? undefined : readValueType(reader, scope);
}

function items(reader: BinaryReader, read: () => string): string {
  const texts: string[] = [];
  for (let left = itemCount(reader); left > 0; left--) texts.push(read());
  return texts.join(", ");
}

function itemCount(reader: BinaryReader): number {
  return reader.count({ what: "items in a component type", most: TYPE_ITEMS, rule: "component" });
}

function bounded(reader: BinaryReader, kind: "value" | "function", text: string): TypeEntry {
  if (text.length <= TYPE_TEXT) return { kind, text };
  throw refusal("component", reader.place, `a type of the component takes ${text.length} characters: make it smaller`);
}

export function unknown(what: string, place: { section: string; offset: number }): Error {
  const mend = "build for WASI 0.2 with wit-component (wasm-tools component new)";
  return refusal("component", place, `the component has ${what}: ${mend}`);
}
