// Functions that the host offers besides the two phases. Each is imported only where it is used, and has to be asked for in
// the manifest: `host: [log, metrics, storage]`.

import { Decimal } from "./decimal";
import * as quorate from "./quorate";

export const DEBUG: u32 = 0;
export const INFO: u32 = 1;
export const WARN: u32 = 2;
export const ERROR: u32 = 3;

/** Tells the operator something, in one line. @param level one of the four above. */
export function log(level: u32, line: string): void {
  const text = String.UTF8.encode(line);
  quorate.log(level, changetype<usize>(text), text.byteLength);
}

/** Adds to a counter, exported as `wasm_custom_<name>`. @param name `[a-z][a-z0-9_]{0,47}`. @param label may be empty. */
export function count(name: string, label: string = "", amount: u64 = 1): void {
  const key = String.UTF8.encode(name);
  const text = String.UTF8.encode(label);
  quorate.counter_add(changetype<usize>(key), key.byteLength, changetype<usize>(text), text.byteLength, amount);
}

/** Sets a gauge, exported as `wasm_custom_<name>`. */
export function gauge(name: string, value: Decimal, label: string = ""): void {
  const key = String.UTF8.encode(name);
  const text = String.UTF8.encode(label);
  const length = key.byteLength;
  quorate.gauge_set(changetype<usize>(key), length, changetype<usize>(text), text.byteLength, value.toFloat());
}

/** What is stored under a key; null where there is nothing. */
export function loadText(key: string): string | null {
  const name = String.UTF8.encode(key);
  const length = quorate.storage_get(changetype<usize>(name), name.byteLength, 0, 0);
  if (length < 0) return null;
  const buffer = heap.alloc(length);
  quorate.storage_get(changetype<usize>(name), name.byteLength, buffer, length);
  return String.UTF8.decodeUnsafe(buffer, length);
}

/** Stores a text, which is kept if this phase succeeds. @returns false where the module's storage is full. */
export function storeText(key: string, value: string): bool {
  const name = String.UTF8.encode(key);
  const text = String.UTF8.encode(value);
  return quorate.storage_set(changetype<usize>(name), name.byteLength, changetype<usize>(text), text.byteLength) == 1;
}

/** Removes a value. @returns false where there was none. */
export function remove(key: string): bool {
  const name = String.UTF8.encode(key);
  return quorate.storage_delete(changetype<usize>(name), name.byteLength) == 1;
}
