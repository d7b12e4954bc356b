import { HOST_MODULE, HOST_SIGNATURES } from "../../../../node/sandbox/host/signatures.ts";
import { WASI_SIGNATURES } from "../../../../node/sandbox/wasi/signatures.ts";
import { F64, I32, I64, type FunctionType } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { assemble, i32, i64, op, uleb } from "../support/assemble.ts";
import { createRandom, type Random } from "./random-numbers.ts";

interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

/** Everything that a module may import; `proc_exit` and `proc_raise` would end most programs too early. */
const IMPORTS: readonly Import[] = [
  ...Object.entries(WASI_SIGNATURES).flatMap(([module, functions]) =>
    Object.entries(functions).map(([name, type]) => ({ module, name, type })),
  ),
  ...Object.entries(HOST_SIGNATURES).map(([name, { type }]) => ({ module: HOST_MODULE, name, type })),
].filter(({ name }) => !name.startsWith("proc_"));

/** Descriptors, flags, lengths and places as honest programs have them. */
const SMALL = [0, 1, 2, 3, 4, 5, 7, 8, 16, 24, 32, 64, 100, 256, 1000, 4096];
/** A place outside the memory ends the program, so there are few of these. */
const HOSTILE = [65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), -1, -16];
const CALLS = 40;
/** Paths, keys, names and a few structures that calls find in the memory. */
const DATA = [
  "\u0010\0\0\0\u0010\0\0\0/data\0\0\0a.txt\0\0\0../../etc/passwd\0",
  "price.key\0counter_one\0\u0020\0\0\0\u0008\0\0\0\u0028\0\0\0\uffff\0",
  "folder/b.txt\0.\0..\0/\0",
].join("");

/**
 * A program that calls random host functions of WASI and Quorate with random arguments, many of them hostile, and answers with
 * what they returned: the same on every machine.
 */
export function randomProgram(seed: number): Uint8Array {
  const random = createRandom(seed);
  const code: number[] = [];
  for (let call = 0; call < CALLS; call++) code.push(...randomCall(random, call));
  return assemble({
    imports: IMPORTS.map(({ module, name, type }) => ({ module, name, ...type })),
    functions: [{ export: "_start", code }],
    memory: [0, 1],
    data: [[0, ...i32(0), op.end, ...uleb(Buffer.byteLength(DATA, "latin1")), ...Buffer.from(DATA, "latin1")]],
  });
}

/** One call; what it returns is kept behind the first half of the page, where later calls may read it. */
function randomCall(random: Random, call: number): number[] {
  const index = random.below(IMPORTS.length);
  const { params, results } = IMPORTS[index]?.type ?? { params: [], results: [] };
  const called = [...params.flatMap((type) => argument(random, type)), op.call, ...uleb(index)];
  return results.length === 0 ? called : [...i32(32_768 + call * 4), ...called, op.i32Store, 2, 0];
}

function argument(random: Random, type: number): number[] {
  const number = random.once(200) ? random.pick([...HOSTILE, random.below(2 ** 32) | 0]) : random.pick(SMALL);
  switch (type) {
    case I32:
      return i32(number);
    case I64:
      return i64(random.once(4) ? -1n : BigInt(number));
    case F64:
      return [op.f64, ...new Uint8Array(new Float64Array([random.pick([number, NaN, Infinity, 0.5])]).buffer)];
    default:
      throw new Error(`no host function takes the type ${type}`);
  }
}
