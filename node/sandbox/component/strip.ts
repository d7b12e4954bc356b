import { BinaryReader } from "../wasm/binary-reader.ts";
import { BinaryWriter } from "../wasm/binary-writer.ts";
import { HEADER_BYTES } from "../wasm/sections.ts";

const CUSTOM = 0;
/** Sections of a component that hold a binary of their own: a core module, a component. */
const NESTED = [1, 4];

/**
 * The same component, or core module, without custom sections: debugging names and the like, which nobody has checked and
 * nobody needs. To be called on what `readComponent` has read.
 */
export function withoutCustomSections(bytes: Uint8Array): Uint8Array {
  const out = new BinaryWriter();
  copy(new BinaryReader(bytes, { start: 0, end: bytes.length, section: "component" }), out, NESTED);
  return out.finish();
}

function copy(file: BinaryReader, out: BinaryWriter, nested: readonly number[]): void {
  const start = file.offset;
  file.skip(HEADER_BYTES);
  out.bytes(file.bytes.subarray(start, file.offset));
  while (!file.done) {
    const id = file.byte();
    const part = file.part(file.u32());
    if (id === CUSTOM) continue;
    const content = new BinaryWriter();
    // A core module holds no binaries.
    if (nested.includes(id)) copy(part, content, id === 1 ? [] : NESTED);
    else content.bytes(part.bytes.subarray(part.offset, part.end));
    const written = content.finish();
    out.byte(id).u32(written.length).bytes(written);
  }
}
