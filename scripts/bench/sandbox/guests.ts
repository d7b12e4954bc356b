import { readFileSync } from "node:fs";
import type { ModuleTerms } from "../../../core/ports/sandbox.ts";
import { DEFAULT_LIMITS } from "../../../node/sandbox/sandbox.ts";

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`./guest/${name}`, import.meta.url)));

/** One C source with two ABIs: see `guest/last-price.c`. */
export const FETCHER_GUEST = read("last-price.wasm");
export const EXTISM_GUEST = read("last-price-extism.wasm");

export const TERMS: ModuleTerms = {
  name: "last-price",
  limits: DEFAULT_LIMITS,
  host: [],
  floats: "canonical",
  folders: [],
};

const MARK = Buffer.from("MARKMARK");

/** The same program as bytes that neither the sandbox nor V8 has seen. @param mark 0 … 2³² − 1. */
export function unseen(module: Uint8Array, mark: number): Uint8Array {
  const bytes = Buffer.from(module);
  const at = bytes.indexOf(MARK);
  if (at < 0) throw new TypeError("the guest has no mark to change");
  bytes.writeUInt32LE(process.pid, at);
  bytes.writeUInt32LE(mark, at + 4);
  return new Uint8Array(bytes);
}
