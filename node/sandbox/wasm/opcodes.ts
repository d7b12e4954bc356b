/** What follows an opcode in the binary. */
export type Immediate =
  | "none"
  | "block-type"
  | "index"
  | "branch-table"
  | "call-indirect"
  | "memory-access"
  | "memory-index"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "segment-memory"
  | "memory-memory";

export interface Opcode {
  readonly immediate: Immediate;
  /** Operands taken and given. Control, branches and calls take theirs from types: see `operand-heights.ts`. */
  readonly pops: number;
  readonly pushes: number;
  /** Fuel units. Whatever can close a cycle (branches, calls) costs at least 1. */
  readonly cost: number;
  /** The basic block ends after this instruction. */
  readonly ends: boolean;
  /** The result may be a NaN, whose bits differ between processors. */
  readonly nan?: "f32" | "f64";
  /** Takes or gives a float; its kin may be ruled out. */
  readonly floats: boolean;
  /** Feature beyond the first WebAssembly, for the report. */
  readonly feature?: string;
}

export const CODE = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  globalGet: 0x23,
  globalSet: 0x24,
  memoryGrow: 0x40,
  /** Opcodes behind the prefix 0xfc are numbered 0xfc00 + sub-opcode. */
  prefix: 0xfc,
  memoryInit: 0xfc08,
  dataDrop: 0xfc09,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
} as const;

type Row = readonly [from: number, to: number, opcode: Partial<Opcode>];

const unary = (more: Partial<Opcode> = {}): Partial<Opcode> => ({ pops: 1, pushes: 1, ...more });
const binary = (more: Partial<Opcode> = {}): Partial<Opcode> => ({ pops: 2, pushes: 1, ...more });
const literal = (immediate: Immediate): Partial<Opcode> => ({ immediate, pushes: 1 });

const DIVIDE = 4;
const SATURATING = "saturating-float-to-int";
const BULK = "bulk-memory";
const float = { feature: "floats", floats: true } as const;
/** Canonicalisation doubles the work. */
const f32 = { nan: "f32", cost: 2, ...float } as const;
const f64 = { nan: "f64", cost: 2, ...float } as const;
const f32Slow = { ...f32, cost: DIVIDE } as const;
const f64Slow = { ...f64, cost: DIVIDE } as const;

/** The allow-list: an opcode that no row names is refused, whatever this V8 would take. */
const ROWS: readonly Row[] = [
  [0x00, 0x00, { ends: true }], // unreachable
  [0x01, 0x01, { cost: 0 }], // nop
  [0x02, 0x02, { immediate: "block-type", cost: 0 }], // block
  [0x03, 0x03, { immediate: "block-type", cost: 0, ends: true }], // loop
  [0x04, 0x04, { immediate: "block-type", ends: true }], // if
  [0x05, 0x05, { cost: 0, ends: true }], // else
  [0x0b, 0x0b, { cost: 0, ends: true }], // end
  [0x0c, 0x0d, { immediate: "index", ends: true }], // br, br_if
  [0x0e, 0x0e, { immediate: "branch-table", ends: true }], // br_table
  [0x0f, 0x0f, { ends: true }], // return
  [0x10, 0x10, { immediate: "index", cost: 5 }], // call
  [0x11, 0x11, { immediate: "call-indirect", cost: 8 }], // call_indirect
  [0x1a, 0x1a, { pops: 1 }], // drop
  [0x1b, 0x1b, { pops: 3, pushes: 1 }], // select
  [0x20, 0x20, { immediate: "index", pushes: 1 }], // local.get
  [0x21, 0x21, { immediate: "index", pops: 1 }], // local.set
  [0x22, 0x22, { immediate: "index", pops: 1, pushes: 1 }], // local.tee
  [0x23, 0x23, { immediate: "index", pushes: 1 }], // global.get
  [0x24, 0x24, { immediate: "index", pops: 1 }], // global.set
  [0x28, 0x29, unary({ immediate: "memory-access" })], // i32.load, i64.load
  [0x2a, 0x2b, unary({ immediate: "memory-access", ...float })], // f32.load, f64.load
  [0x2c, 0x35, unary({ immediate: "memory-access" })], // i32.load8_s … i64.load32_u
  [0x36, 0x37, { immediate: "memory-access", pops: 2 }], // i32.store, i64.store
  [0x38, 0x39, { immediate: "memory-access", pops: 2, ...float }], // f32.store, f64.store
  [0x3a, 0x3e, { immediate: "memory-access", pops: 2 }], // i32.store8 … i64.store32
  [0x3f, 0x3f, { immediate: "memory-index", pushes: 1 }], // memory.size
  [0x40, 0x40, unary({ immediate: "memory-index" })], // memory.grow: its helper charges the rest
  [0x41, 0x41, literal("i32")],
  [0x42, 0x42, literal("i64")],
  [0x43, 0x43, { ...literal("f32"), ...float }],
  [0x44, 0x44, { ...literal("f64"), ...float }],
  [0x45, 0x45, unary()], // i32.eqz
  [0x46, 0x4f, binary()], // i32 comparisons
  [0x50, 0x50, unary()], // i64.eqz
  [0x51, 0x5a, binary()], // i64 comparisons
  [0x5b, 0x66, binary(float)], // f32, f64 comparisons
  [0x67, 0x69, unary()], // i32.clz, ctz, popcnt
  [0x6a, 0x6c, binary()], // i32.add, sub, mul
  [0x6d, 0x70, binary({ cost: DIVIDE })], // i32.div, rem
  [0x71, 0x78, binary()], // i32.and … rotr
  [0x79, 0x7b, unary()], // i64.clz, ctz, popcnt
  [0x7c, 0x7e, binary()], // i64.add, sub, mul
  [0x7f, 0x82, binary({ cost: DIVIDE })], // i64.div, rem
  [0x83, 0x8a, binary()], // i64.and … rotr
  [0x8b, 0x8c, unary(float)], // f32.abs, neg: bits only
  [0x8d, 0x90, unary(f32)], // f32.ceil … nearest
  [0x91, 0x91, unary(f32Slow)], // f32.sqrt
  [0x92, 0x94, binary(f32)], // f32.add, sub, mul
  [0x95, 0x95, binary(f32Slow)], // f32.div
  [0x96, 0x97, binary(f32)], // f32.min, max
  [0x98, 0x98, binary(float)], // f32.copysign: bits only
  [0x99, 0x9a, unary(float)], // f64.abs, neg
  [0x9b, 0x9e, unary(f64)], // f64.ceil … nearest
  [0x9f, 0x9f, unary(f64Slow)], // f64.sqrt
  [0xa0, 0xa2, binary(f64)], // f64.add, sub, mul
  [0xa3, 0xa3, binary(f64Slow)], // f64.div
  [0xa4, 0xa5, binary(f64)], // f64.min, max
  [0xa6, 0xa6, binary(float)], // f64.copysign
  [0xa7, 0xa7, unary()], // i32.wrap_i64
  [0xa8, 0xab, unary(float)], // i32.trunc
  [0xac, 0xad, unary()], // i64.extend_i32
  [0xae, 0xb1, unary(float)], // i64.trunc
  [0xb2, 0xb5, unary(float)], // f32.convert
  [0xb6, 0xb6, unary(f32)], // f32.demote_f64
  [0xb7, 0xba, unary(float)], // f64.convert
  [0xbb, 0xbb, unary(f64)], // f64.promote_f32
  [0xbc, 0xbf, unary(float)], // reinterpretations
  [0xc0, 0xc4, unary({ feature: "sign-extension" })],
  [0xfc00, 0xfc07, unary({ feature: SATURATING, floats: true })], // trunc_sat
  [0xfc08, 0xfc08, { immediate: "segment-memory", pops: 3, feature: BULK }], // memory.init: its helper charges the rest
  [0xfc09, 0xfc09, { immediate: "index", feature: BULK }], // data.drop
  [0xfc0a, 0xfc0a, { immediate: "memory-memory", pops: 3, feature: BULK }], // memory.copy
  [0xfc0b, 0xfc0b, { immediate: "memory-index", pops: 3, feature: BULK }], // memory.fill
];

const DEFAULTS: Opcode = { immediate: "none", pops: 0, pushes: 0, cost: 1, ends: false, floats: false };

const TABLE = new Map<number, Opcode>(
  ROWS.flatMap(([from, to, opcode]) =>
    Array.from({ length: to - from + 1 }, (_, step): [number, Opcode] => [from + step, { ...DEFAULTS, ...opcode }]),
  ),
);

/** @param code 0…255, or 0xfc00 + sub-opcode. Undefined: not admitted. */
export function opcodeOf(code: number): Opcode | undefined {
  return TABLE.get(code);
}

interface Refused {
  readonly codes: readonly number[];
  readonly feature: string;
  readonly mend: string;
}

/** Names for what is refused, so that the author knows which switch of the compiler to turn. */
const REFUSED: readonly Refused[] = [
  { codes: [0xfd], feature: "SIMD", mend: "build without -msimd128 (LLVM's feature simd128; Zig: -mcpu=generic)" },
  { codes: [0xfe], feature: "threads", mend: "build without atomics and shared memory" },
  { codes: [0xfb], feature: "garbage collection", mend: "choose a compiler that targets linear memory" },
  { codes: [0x12, 0x13], feature: "tail calls", mend: "build without -mtail-call" },
  { codes: [0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f], feature: "exceptions", mend: "build without exceptions" },
  {
    codes: [0x14, 0x15, 0x1c, 0x25, 0x26, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6],
    feature: "reference types",
    mend: "build without -mreference-types",
  },
];

/** @param code an opcode byte that `opcodeOf` does not know. */
export function refusedFeature(code: number): { readonly feature: string; readonly mend: string } {
  if (code >= 0xfc0c) return { feature: "table operations", mend: "build without -mreference-types" };
  return (
    REFUSED.find(({ codes }) => codes.includes(code)) ?? {
      feature: `opcode 0x${code.toString(16)}`,
      mend: "build for the WebAssembly MVP",
    }
  );
}
