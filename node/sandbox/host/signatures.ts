import type { HostCapability } from "../../../core/ports/sandbox.ts";
import { F64, I32, I64, type FunctionType } from "../wasm/wasm-types.ts";

export interface HostSignature {
  readonly type: FunctionType;
  /** What the manifest has to ask for. */
  readonly capability: HostCapability;
}

/** Import module of the functions that Quorate offers besides WASI. */
export const HOST_MODULE = "quorate";

/** Pointers and lengths are i32 pairs; see `docs/guests.md` for what each function does. */
export const HOST_SIGNATURES: Readonly<Record<string, HostSignature>> = {
  /** (level 0…3, text, length) */
  log: { capability: "log", type: { params: [I32, I32, I32], results: [] } },
  /** (name, length, label, length, amount ≥ 0) */
  counter_add: { capability: "metrics", type: { params: [I32, I32, I32, I32, I64], results: [] } },
  /** (name, length, label, length, value) */
  gauge_set: { capability: "metrics", type: { params: [I32, I32, I32, I32, F64], results: [] } },
  /** (key, length, buffer, capacity) → length of the value, −1 where there is none; written only if it fits */
  storage_get: { capability: "storage", type: { params: [I32, I32, I32, I32], results: [I32] } },
  /** (key, length, value, length) → 1, or 0 where a bound would be passed */
  storage_set: { capability: "storage", type: { params: [I32, I32, I32, I32], results: [I32] } },
  /** (key, length) → 1 if there was a value, else 0 */
  storage_delete: { capability: "storage", type: { params: [I32, I32], results: [I32] } },
};
