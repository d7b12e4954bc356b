/** The two groups of the pairing, under the names of wasmcurves' exports. */
export type GroupName = "g1m" | "g2m";

/** Bytes of one coordinate: G1 is over Fq, G2 over Fq². */
const COORDINATE_BYTES: Readonly<Record<GroupName, number>> = { g1m: 32, g2m: 64 };
const SCALAR_BYTES = 32;

/** Bits of a digit. 22 digits cover 264 bits; the tables take 22·4096 points, 6 MB in G1 and 12 MB in G2. */
const WINDOW = 12;
const DIGITS = Math.ceil(256 / WINDOW);
const ROWS = 1 << WINDOW;
const PAGE = 65_536;

// TypeScript declares WebAssembly with the DOM only.
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}
interface Wasm {
  readonly Memory: new (options: { initial: number }) => WasmMemory;
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;

type PointOperation = (left: number, right: number, result: number) => void;

export interface FixedBase {
  readonly affineBytes: number;
  /** @param scalars 32 little-endian bytes each. @returns as many affine points, Montgomery form; 0 gives all-zero bytes. */
  multiply(scalars: Uint8Array): Uint8Array;
}

/** Size in bytes of an affine point. */
export function affineBytesOf(group: GroupName): number {
  return 2 * COORDINATE_BYTES[group];
}

/**
 * Multiples of one point by table: each scalar costs 22 mixed additions instead of 254 doublings. Calls wasmcurves'
 * functions on memory directly, which a call per point through ffjavascript would spend on copying.
 * @param code the curve's WebAssembly module, from ffjavascript. @param base an affine point, Montgomery form.
 */
export function createFixedBase(group: GroupName, code: Uint8Array<ArrayBuffer>, base: Uint8Array): FixedBase {
  const affine = affineBytesOf(group);
  const jacobian = 3 * COORDINATE_BYTES[group];
  const memory = new wasm.Memory({ initial: 32 });
  const { exports } = new wasm.Instance(new wasm.Module(code), { env: { memory } });
  const addMixed = exports[`${group}_addMixed`] as PointOperation;
  const zero = exports[`${group}_zero`] as (result: number) => void;
  const toAffine = exports[`${group}_toAffine`] as (point: number, result: number) => void;
  const batchToAffine = exports[`${group}_batchToAffine`] as PointOperation;

  const bytes = () => new Uint8Array(memory.buffer);
  // wasmcurves keeps the address of its free memory in the first word and takes its temporaries from there.
  const free = new Uint32Array(memory.buffer)[0] ?? 0;
  let top = Math.ceil(free / 8) * 8;
  function reserve(size: number): number {
    const at = top;
    top = Math.ceil((top + size) / 8) * 8;
    return at;
  }
  /** Room for the temporaries of a batch inversion over `points` points, beyond all that is reserved. */
  function ensure(points: number): void {
    const missing = top + points * jacobian + PAGE - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    new Uint32Array(memory.buffer)[0] = top;
  }

  const table = reserve(DIGITS * ROWS * affine);
  const step = reserve(affine);
  const scratch = reserve(ROWS * jacobian);
  ensure(ROWS);
  bytes().set(base, step);
  const accumulator = reserve(jacobian);
  ensure(ROWS);
  for (let digit = 0; digit < DIGITS; digit++) {
    zero(accumulator);
    for (let row = 0; row < ROWS; row++) {
      bytes().copyWithin(scratch + row * jacobian, accumulator, accumulator + jacobian);
      addMixed(accumulator, step, accumulator);
    }
    batchToAffine(scratch, ROWS, table + digit * ROWS * affine);
    toAffine(accumulator, step); // 2^WINDOW times the last step
  }

  function multiply(scalars: Uint8Array): Uint8Array {
    const count = scalars.length / SCALAR_BYTES;
    const mark = top;
    const points = reserve(count * jacobian);
    const result = reserve(count * affine);
    ensure(count);
    for (let i = 0; i < count; i++) {
      const point = points + i * jacobian;
      zero(point);
      for (let digit = 0; digit < DIGITS; digit++) {
        const row = digitOf(scalars, i, digit);
        if (row !== 0) addMixed(point, table + (digit * ROWS + row) * affine, point);
      }
    }
    batchToAffine(points, count, result);
    top = mark;
    return bytes().slice(result, result + count * affine);
  }

  return { affineBytes: affine, multiply };
}

/** The twelve bits of a scalar from bit 12·digit on: three bytes hold two digits. */
function digitOf(scalars: Uint8Array, index: number, digit: number): number {
  const end = (index + 1) * SCALAR_BYTES;
  const at = index * SCALAR_BYTES + (digit >> 1) * 3;
  const low = scalars[at] ?? 0;
  const middle = at + 1 < end ? (scalars[at + 1] ?? 0) : 0;
  const high = at + 2 < end ? (scalars[at + 2] ?? 0) : 0;
  return digit % 2 === 0 ? low | ((middle & 0x0f) << 8) : (middle >> 4) | (high << 4);
}
