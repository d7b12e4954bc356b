import { F32, I32, I64 } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { i32, i64, op, uleb } from "../support/assemble.ts";
import type { Random } from "./random-numbers.ts";

export const SELECT = 0x1b;
const EQUAL_32 = 0x5b;
const EQUAL_64 = 0x61;
const EDGES = [0, 1, -1, 2, 7, 31, 64, 255, -128, 65_535, 2 ** 31 - 1, -(2 ** 31)];

/** A constant of the type, often one at the edge of something. */
export function literal(random: Random, type: number): number[] {
  const whole = random.pick([...EDGES, random.below(2 ** 31)]);
  if (type === I32) return i32(whole);
  if (type === I64) return i64(BigInt(whole) << BigInt(random.pick([0, 0, 8, 31])));
  const float = random.pick([whole, whole / 3, -0, Infinity, -Infinity, NaN, 1e-40, 1e300, 0.5]);
  const bytes = Buffer.alloc(8);
  if (type === F32) {
    bytes.writeFloatLE(float);
    return [op.f32, ...bytes.subarray(0, 4)];
  }
  bytes.writeDoubleLE(float);
  return [op.f64, ...bytes];
}

/** Makes the float on the stack canonical if it is a NaN. @param scratch a local of its type. */
export function canonical(type: number, scratch: number): number[] {
  const nan = type === F32 ? [op.f32, 0, 0, 0xc0, 0x7f] : [op.f64, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
  const get = [op.get, ...uleb(scratch)];
  return [op.tee, ...uleb(scratch), ...nan, ...get, ...get, type === F32 ? EQUAL_32 : EQUAL_64, SELECT];
}
