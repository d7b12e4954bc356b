import { refusal, type Place } from "../admission/refusal.ts";
import { CAPS } from "../admission/rules.ts";
import type { BinaryReader } from "../wasm/binary-reader.ts";
import type { Space } from "./component-space.ts";
import {
  emptyInstance,
  entryAt,
  readExtern,
  readExternName,
  readOuterType,
  textAt,
  unknown,
} from "./component-types.ts";
import { safeName } from "./names.ts";

export function readCoreInstance(reader: BinaryReader, space: Space): void {
  const place = reader.place;
  const form = reader.byte();
  if (form > 0x01) throw unknown(`a core instance of the form ${form}`, place);
  if (form === 0x00) {
    at(reader, space.cores).instances++;
    if (++space.coreInstances > CAPS.coreInstances) throw tooManyInstances(place);
  }
  for (let left = reader.u32(); left > 0; left--) {
    safeName(reader);
    reader.byte();
    reader.u32();
  }
}

function tooManyInstances(place: Place): Error {
  const mend = "link your code into one module before making it a component";
  return refusal("component", place, `the component has more than ${CAPS.coreInstances} core instances: ${mend}`);
}

export function readInstance(reader: BinaryReader, space: Space): void {
  const place = reader.place;
  if (reader.byte() === 0x00) {
    const exports = space.shims[reader.u32()];
    if (exports === undefined) throw reader.malformed("an instance is made of no component");
    for (let left = reader.u32(); left > 0; left--) {
      safeName(reader);
      readSort(reader);
      reader.u32();
    }
    space.instances.push(exports);
    return;
  }
  const exports = emptyInstance();
  for (let left = reader.u32(); left > 0; left--) {
    const name = readExternName(reader);
    const sort = readSort(reader);
    if (sort === "function") exports.functions.set(name, at(reader, space.functions));
    else if (sort === "type") exports.types.set(name, entryAt(reader, space));
    else throw unknown("an instance of more than functions and types", place);
  }
  space.instances.push(exports);
}

/** Core functions, tables, memories and globals are the sorts up to this one. */
const CORE_GLOBAL = 0x03;
type Sort = "core" | "function" | "type" | "component" | "instance";

function readSort(reader: BinaryReader): Sort {
  const place = reader.place;
  switch (reader.byte()) {
    case 0x00:
      // A core module under another name would be one that nobody counts.
      if (reader.byte() > CORE_GLOBAL) throw unknown("a core thing of an unknown sort", place);
      return "core";
    case 0x01:
      return "function";
    case 0x03:
      return "type";
    case 0x04:
      return "component";
    case 0x05:
      return "instance";
    default:
      throw unknown("a thing of an unknown sort", place);
  }
}

export function readAlias(reader: BinaryReader, space: Space): void {
  const place = reader.place;
  const sort = readSort(reader);
  const target = reader.byte();
  if (target === 0x01 && sort === "core") {
    reader.u32();
    safeName(reader);
  } else if (target === 0x00 && (sort === "function" || sort === "type")) {
    const instance = at(reader, space.instances);
    const name = safeName(reader);
    if (sort === "function") space.functions.push(present(reader, instance.functions.get(name)));
    else space.types.push(present(reader, instance.types.get(name)));
  } else if (target === 0x02 && sort === "type") space.types.push(readOuterType(reader, space));
  else throw unknown("an alias that is neither of an import nor of a core module", place);
}

/** Canonical functions and their options. Those of resources that a component offers, and of asynchronous work, are left out. */
export function readCanon(reader: BinaryReader, space: Space): void {
  const place = reader.place;
  const form = reader.byte();
  if (form === 0x03) {
    textAt(reader, space, "resource");
    return;
  }
  if (form > 0x01 || reader.byte() !== 0x00) {
    const mend = "build for WASI 0.2, without resources of your own and without async";
    throw refusal("component", place, `the component uses the built-in function ${form}: ${mend}`);
  }
  if (form === 0x01) at(reader, space.functions);
  else reader.u32();
  readCanonOptions(reader);
  if (form === 0x00) space.functions.push(textAt(reader, space, "function"));
}

function readCanonOptions(reader: BinaryReader): void {
  for (let left = reader.u32(); left > 0; left--) {
    const place = reader.place;
    const option = reader.byte();
    // Three encodings of strings; memory, realloc and post-return with their index.
    if (option > 0x05) throw unknown(`the canonical option ${option}`, place);
    if (option >= 0x03) reader.u32();
  }
}

export function readImport(reader: BinaryReader, space: Space): void {
  const { offset } = reader;
  const name = readExternName(reader);
  const description = readExtern(reader, space);
  if (description.sort !== "instance") {
    const mend = "a fetcher imports interfaces of WASI 0.2 alone";
    throw refusal(
      "import",
      { section: "import", offset },
      `the component imports ${description.sort} ${name}: ${mend}`,
    );
  }
  space.imports.set(name, description.exports);
  space.instances.push(description.exports);
}

/** A shim is given functions and types, and passes them on. */
export function readShimImport(reader: BinaryReader, space: Space): void {
  const name = readExternName(reader);
  const description = readExtern(reader, space);
  if (description.sort === "function") space.functions.push(description.text);
  else if (description.sort === "type") space.types.push(description.entry ?? { kind: "resource", text: name });
  else throw unknown("an interface inside an interface", reader.place);
}

export function readExport(reader: BinaryReader, space: Space): void {
  const place = reader.place;
  const name = readExternName(reader);
  const sort = readSort(reader);
  if (sort === "function") {
    const own = at(reader, space.functions);
    const text = readAscription(reader, space) ?? own;
    space.functions.push(text);
    space.exports.functions.set(name, text);
  } else if (sort === "type") {
    const entry = entryAt(reader, space);
    readAscription(reader, space);
    space.types.push(entry);
    space.exports.types.set(name, entry);
  } else if (sort === "instance") {
    const exports = at(reader, space.instances);
    readAscription(reader, space);
    space.instances.push(exports);
    space.exportedInterfaces.set(name, exports);
  } else throw unknown(`the export ${name}, which is no function, type or interface`, place);
}

/** @returns the function type that the export says to have, if it says one. */
function readAscription(reader: BinaryReader, space: Space): string | undefined {
  if (reader.byte() === 0x00) return undefined;
  const description = readExtern(reader, space);
  return description.sort === "function" ? description.text : undefined;
}

function at<T>(reader: BinaryReader, list: readonly T[]): T {
  return present(reader, list[reader.u32()]);
}

function present<T>(reader: BinaryReader, value: T | undefined): T {
  if (value === undefined) throw reader.malformed("something is named that is not there");
  return value;
}
