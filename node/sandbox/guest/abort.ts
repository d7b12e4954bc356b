import type { HostFunction, WasmMemory } from "../wasm/web-assembly.ts";
import type { GuestSession } from "./session.ts";

/** AssemblyScript's `abort`: a trap with a message. */
export class GuestAbort extends Error {}

/** Bytes of an abort message that are shown. */
const ABORT_BYTES = 240;

export function createAbort(session: GuestSession): HostFunction {
  return (...[message, , line, column]: [number, number, number, number]): never => {
    // A start function may abort before there is an instance to read the message from.
    const text = abortText(session.instance?.memory, message);
    throw new GuestAbort(`abort at ${line >>> 0}:${column >>> 0}${text}`);
  };
}

/** AssemblyScript strings are UTF-16 with their length in bytes before them. The guest may have put anything there. */
function abortText(memory: WasmMemory | undefined, pointer: number): string {
  const start = pointer >>> 0;
  if (memory === undefined || start < 4 || start > memory.buffer.byteLength) return "";
  const declared = new DataView(memory.buffer).getUint32(start - 4, true);
  const length = Math.min(declared, ABORT_BYTES, memory.buffer.byteLength - start) & ~1;
  const text = new TextDecoder("utf-16le").decode(new Uint8Array(memory.buffer, start, length));
  return text === "" ? "" : `: ${text.replaceAll(/[^\x20-\x7e]/g, "?")}`;
}
