/** The part of ffjavascript that the setup uses. Points and field elements are little-endian Montgomery bytes. */
declare module "ffjavascript" {
  export interface Field {
    readonly w: readonly Uint8Array[];
    toObject(element: Uint8Array): bigint;
    e(value: bigint): Uint8Array;
  }

  export interface Group {
    /** The generator, affine. */
    readonly g: Uint8Array;
    toAffine(point: Uint8Array): Uint8Array;
    timesFr(point: Uint8Array, scalar: Uint8Array): Uint8Array;
  }

  export interface Curve {
    readonly Fr: Field;
    readonly G1: Group;
    readonly G2: Group;
    /** `code` is the curve's WebAssembly module; set on single-threaded curves only. */
    readonly tm: { readonly code: Uint8Array<ArrayBuffer> };
    /** Base field modulus. */
    readonly q: bigint;
    terminate(): Promise<void>;
  }

  export function buildBn128(singleThread: boolean): Promise<Curve>;
}
