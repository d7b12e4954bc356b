import { F32, F64, I32, I64, type FunctionType } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { assemble, i32, i64, op, uleb, type FunctionSpec } from "../support/assemble.ts";
import { RandomCode } from "./random-code.ts";
import { createRandom, type Random } from "./random-numbers.ts";

const TYPES = [I32, I64, F32, F64] as const;
/** Mutable, one of each type. */
const GLOBALS = [
  [I32, 1, ...i32(3), op.end],
  [I64, 1, ...i64(-3), op.end],
  [F32, 1, op.f32, 0, 0, 0x80, 0x3f, op.end],
  [F64, 1, op.f64, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, op.end],
];
const FUNCREF = 0x70;
/** Expressions and statements of one function. */
const LEAST_SIZE = 10;
const MOST_SIZE = 120;

/**
 * A valid module of random functions, all of them exported, with a memory, a table, globals and a passive data segment: the
 * same on every machine. It uses everything that is admitted, and nothing else.
 * @param tame whether its NaNs are canonical without the meter: see `RandomCode`.
 */
export function randomModule(seed: number, { tame }: { readonly tame: boolean }): Uint8Array {
  const random = createRandom(seed);
  const functions = Array.from({ length: 1 + random.below(6) }, () => randomType(random));
  const types: FunctionType[] = [];
  const typeIndex = (type: FunctionType) => indexOfType(functions, types, type);
  const specs = functions.map((type, index): FunctionSpec => {
    const locals = Array.from({ length: random.below(4) }, () => random.pick(TYPES));
    const options = { random, functions, typeIndex, tame, index, type, locals, globals: [...TYPES] };
    const code = new RandomCode(options, LEAST_SIZE + random.below(MOST_SIZE)).body();
    const declared = [...locals, ...RandomCode.scratch].map((local) => [1, local] as const);
    return { export: `f${index}`, params: type.params, results: type.results, locals: declared, code };
  });
  return assemble({
    functions: specs,
    types,
    memory: [1, 1, 3],
    table: [FUNCREF, 0, functions.length + 1],
    elements: [[0, ...i32(0), op.end, ...uleb(functions.length), ...functions.keys()]],
    globals: GLOBALS,
    exports: GLOBALS.map((_, index) => ({ name: `g${index}`, kind: 3, index })),
    dataCount: 1,
    data: [[1, 8, ...Buffer.from("\u0000\u0001passive", "latin1").subarray(0, 8)]],
  });
}

function randomType(random: Random): FunctionType {
  const some = (most: number) => Array.from({ length: random.below(most + 1) }, () => random.pick(TYPES));
  return { params: some(3), results: some(2) };
}

/** Each function has a type of its own, in order; those of blocks follow. */
function indexOfType(functions: readonly FunctionType[], types: FunctionType[], wanted: FunctionType): number {
  const same = ({ params, results }: FunctionType) =>
    String(params) === String(wanted.params) && String(results) === String(wanted.results);
  const known = [...functions, ...types].findIndex(same);
  return known >= 0 ? known : functions.length + types.push(wanted) - 1;
}
