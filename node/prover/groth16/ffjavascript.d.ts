/** The part of ffjavascript that the project uses. Points and field elements are little-endian Montgomery bytes. */
declare module "ffjavascript" {
  export interface Field {
    /** Roots of unity: w[i] of order 2^i. */
    readonly w: readonly Uint8Array[];
    toObject(element: Uint8Array): bigint;
    fromObject(value: bigint): Uint8Array;
    e(value: bigint): Uint8Array;
    mul(a: Uint8Array, b: Uint8Array): Uint8Array;
    neg(a: Uint8Array): Uint8Array;
  }

  /** Points are projective unless said otherwise. */
  export interface Group {
    /** The generator, affine. */
    readonly g: Uint8Array;
    readonly zero: Uint8Array;
    add(a: Uint8Array, b: Uint8Array): Uint8Array;
    double(a: Uint8Array): Uint8Array;
    toAffine(point: Uint8Array): Uint8Array;
    /** Of an affine point: its coordinates, each a number or, in G2, two, and 1. */
    toObject(point: Uint8Array): readonly unknown[];
    timesFr(point: Uint8Array, scalar: Uint8Array): Uint8Array;
  }

  export type Parameter = { readonly var: number; readonly offset?: number } | { readonly val: number };

  /** What a worker does in its own memory; whatever it allocated is free again at the task's end. */
  export type Step =
    | { readonly cmd: "ALLOCSET"; readonly var: number; readonly buff: Uint8Array }
    | { readonly cmd: "ALLOC"; readonly var: number; readonly len: number }
    | { readonly cmd: "CALL"; readonly fnName: string; readonly params: readonly Parameter[] }
    | { readonly cmd: "GET"; readonly out: number; readonly var: number; readonly len: number };

  export interface Threads {
    readonly concurrency: number;
    /** The curve's WebAssembly module; set on single-threaded curves only. */
    readonly code: Uint8Array<ArrayBuffer>;
    /** Runs a task in the first worker that is free, and gives what its GETs took. First come, first served. */
    queueAction(task: readonly Step[]): Promise<readonly Uint8Array[]>;
  }

  export interface Curve {
    readonly Fr: Field;
    readonly G1: Group;
    readonly G2: Group;
    readonly tm: Threads;
    /** Base field modulus. */
    readonly q: bigint;
    terminate(): Promise<void>;
  }

  /** With threads there is one per process, which snarkjs shares. */
  export function buildBn128(singleThread: boolean): Promise<Curve>;
}
