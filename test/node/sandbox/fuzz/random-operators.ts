import { F32, F64, I32, I64 } from "../../../../node/sandbox/wasm/wasm-types.ts";

/** An operator without immediates. */
export interface Operator {
  readonly code: readonly number[];
  readonly takes: readonly number[];
  readonly gives: number;
  /** Whether the result may be a NaN whose bits nobody promises. */
  readonly nan: boolean;
}

type Row = readonly [from: number, to: number, takes: readonly number[], gives: number];

/** From the specification's index of instructions, not from the sandbox's own table. */
const ROWS: readonly Row[] = [
  [0x45, 0x45, [I32], I32],
  [0x46, 0x4f, [I32, I32], I32],
  [0x50, 0x50, [I64], I32],
  [0x51, 0x5a, [I64, I64], I32],
  [0x5b, 0x60, [F32, F32], I32],
  [0x61, 0x66, [F64, F64], I32],
  [0x67, 0x69, [I32], I32],
  [0x6a, 0x78, [I32, I32], I32],
  [0x79, 0x7b, [I64], I64],
  [0x7c, 0x8a, [I64, I64], I64],
  [0x8b, 0x91, [F32], F32],
  [0x92, 0x98, [F32, F32], F32],
  [0x99, 0x9f, [F64], F64],
  [0xa0, 0xa6, [F64, F64], F64],
  [0xa7, 0xa7, [I64], I32],
  [0xa8, 0xa9, [F32], I32],
  [0xaa, 0xab, [F64], I32],
  [0xac, 0xad, [I32], I64],
  [0xae, 0xaf, [F32], I64],
  [0xb0, 0xb1, [F64], I64],
  [0xb2, 0xb3, [I32], F32],
  [0xb4, 0xb5, [I64], F32],
  [0xb6, 0xb6, [F64], F32],
  [0xb7, 0xb8, [I32], F64],
  [0xb9, 0xba, [I64], F64],
  [0xbb, 0xbb, [F32], F64],
  [0xbc, 0xbc, [F32], I32],
  [0xbd, 0xbd, [F64], I64],
  [0xbe, 0xbe, [I32], F32],
  [0xbf, 0xbf, [I64], F64],
  [0xc0, 0xc1, [I32], I32],
  [0xc2, 0xc4, [I64], I64],
];

/** Saturating conversions, behind the prefix 0xfc. */
const SATURATING: readonly Row[] = [
  [0x00, 0x01, [F32], I32],
  [0x02, 0x03, [F64], I32],
  [0x04, 0x05, [F32], I64],
  [0x06, 0x07, [F64], I64],
];

/** abs, neg, copysign and reinterpretations move bits; everything else that gives a float may make a NaN. */
const BITS_ONLY = new Set([0x8b, 0x8c, 0x98, 0x99, 0x9a, 0xa6, 0xbe, 0xbf]);

function expand([from, to, takes, gives]: Row, prefix: readonly number[]): Operator[] {
  return Array.from({ length: to - from + 1 }, (_, step) => {
    const code = from + step;
    const nan = prefix.length === 0 && (gives === F32 || gives === F64) && !BITS_ONLY.has(code);
    return { code: [...prefix, code], takes, gives, nan };
  });
}

const OPERATORS = [...ROWS.flatMap((row) => expand(row, [])), ...SATURATING.flatMap((row) => expand(row, [0xfc]))];

export const OPERATORS_GIVING: ReadonlyMap<number, readonly Operator[]> = Map.groupBy(OPERATORS, ({ gives }) => gives);

export interface MemoryAccess {
  readonly code: number;
  readonly type: number;
  /** log2 of the width in bytes: the highest alignment that may be stated. */
  readonly align: number;
}

const access = (code: number, type: number, align: number): MemoryAccess => ({ code, type, align });

export const LOADS: readonly MemoryAccess[] = [
  ...[access(0x28, I32, 2), access(0x29, I64, 3), access(0x2a, F32, 2), access(0x2b, F64, 3)],
  ...[access(0x2c, I32, 0), access(0x2d, I32, 0), access(0x2e, I32, 1), access(0x2f, I32, 1)],
  ...[access(0x30, I64, 0), access(0x31, I64, 0), access(0x32, I64, 1), access(0x33, I64, 1)],
  ...[access(0x34, I64, 2), access(0x35, I64, 2)],
];

export const STORES: readonly MemoryAccess[] = [
  ...[access(0x36, I32, 2), access(0x37, I64, 3), access(0x38, F32, 2), access(0x39, F64, 3)],
  ...[access(0x3a, I32, 0), access(0x3b, I32, 1), access(0x3c, I64, 0), access(0x3d, I64, 1), access(0x3e, I64, 2)],
];
