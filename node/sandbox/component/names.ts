import { refusal, type Place } from "../admission/refusal.ts";

/** Bytes of a name; WASI's longest has 51, wit-component puts two of them together. */
const NAME_BYTES = 256;

/**
 * Characters that toolchains put into names. jco writes the names of core imports and exports into JavaScript without
 * escaping them (a quote in one ends the string that it stands in), so nothing that could end a string, a comment, a
 * template or a line is let through.
 */
const NAME = /^[A-Za-z0-9_.:/@#$|[\]<>+-]*$/;

/** Names that mean something to JavaScript objects themselves. */
const RESERVED: readonly string[] = ["__proto__", "constructor", "prototype"];

/** What a name is read from: `BinaryReader`. */
interface NameSource {
  readonly place: Place;
  readonly offset: number;
  name(mostBytes: number): string;
}

/** Reads a name and checks each of its bytes. @throws QuorateError<ModuleRefused> */
export function safeName(reader: NameSource): string {
  const place = reader.place;
  const name = reader.name(NAME_BYTES);
  // A name's length stands in one byte up to 127, in two from there on. More bytes than characters are no ASCII.
  const bytes = reader.offset - (place.offset ?? 0) - (name.length > 127 ? 2 : 1);
  if (bytes === name.length && NAME.test(name) && !RESERVED.includes(name)) return name;
  const shown = name.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, "?");
  const mend = "use letters, digits and _ . : / @ # $ | [ ] < > + - only";
  throw refusal("component", place, `the component has the name ${JSON.stringify(shown)}: ${mend}`);
}
