/** Value types as the binary format numbers them. References and vectors are not admitted. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
/** The block type of a block without parameters and results. */
export const EMPTY_BLOCK = 0x40;

export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

const NAMES: Readonly<Record<number, string>> = { [I32]: "i32", [I64]: "i64", [F32]: "f32", [F64]: "f64" };

export function isValueType(byte: number): boolean {
  return byte in NAMES;
}

export function isFloat(type: number): boolean {
  return type === F32 || type === F64;
}

export function valueTypeText(type: number): string {
  return NAMES[type] ?? "?";
}

/** `(i32, i32) → i64`, as error messages and reports show it. */
export function typeText({ params, results }: FunctionType): string {
  const list = (types: readonly number[]) => `(${types.map(valueTypeText).join(", ")})`;
  return `${list(params)} → ${results.length === 1 ? list(results).slice(1, -1) : list(results)}`;
}

export function sameType(a: FunctionType, b: FunctionType): boolean {
  return typeText(a) === typeText(b);
}
