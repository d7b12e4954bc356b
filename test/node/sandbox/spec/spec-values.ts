import assert from "node:assert/strict";
import type { SpecValue } from "../../../../scripts/generate/wasm-spec/archive.ts";

export type WasmValue = number | bigint;

/** @throws where it is one of the NaN patterns, which are no single value. */
export function scriptValue(value: SpecValue): WasmValue {
  const [type, text = ""] = value.split(":");
  assert.notEqual(type, "nan");
  return type === "i64" ? BigInt(text) : Number(text);
}

/** Zeros have signs. Bits of NaNs do not survive the way through JavaScript: judges compare those inside WebAssembly. */
export function expectValues(actual: unknown, expected: readonly SpecValue[]): void {
  const values = actual === undefined ? [] : Array.isArray(actual) ? (actual as unknown[]) : [actual];
  assert.equal(values.length, expected.length);
  expected.forEach((value, index) => {
    const wanted = value.startsWith("nan:") ? NaN : scriptValue(value);
    assert.ok(Object.is(values[index], wanted), `${String(values[index])} instead of ${value}`);
  });
}
