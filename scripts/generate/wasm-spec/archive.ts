import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/**
 * A value as JSON can hold it: `i32:-1`, `i64:-1`, `f32:NaN`, `f64:-0`, `nan:canonical`, `nan:arithmetic`; `number:1` where
 * the source says only that it is a JavaScript number.
 */
export type SpecValue = string;

/** An instance made earlier, by its name, or one made on the spot: a judge that compares bits inside WebAssembly. */
export type SpecTarget = string | SpecModule;

export interface SpecModule {
  /** Hexadecimal. */
  readonly module: string;
  /** Its only imports: the exports of an instance under a module name. Without: everything registered. */
  readonly imports?: { readonly name: string; readonly from: string };
}

export interface SpecAction {
  readonly kind: "call" | "get";
  readonly on: SpecTarget;
  readonly name: string;
  readonly args: readonly SpecValue[];
}

interface Placed {
  /** `address.wast:3` */
  readonly at: string;
}

/** One command of the specification's script language, in the order in which they run. */
export type SpecCommand = Placed &
  (
    | ({ readonly kind: "instance"; readonly id: string } & SpecModule)
    | { readonly kind: "register"; readonly name: string; readonly id: string }
    | { readonly kind: "return"; readonly action: SpecAction; readonly expected: readonly SpecValue[] }
    /** Must only not trap. */
    | { readonly kind: "run"; readonly action: SpecAction }
    | { readonly kind: "trap" | "exhaustion"; readonly action: SpecAction }
    /** No module at all, or one that cannot be linked, or whose start traps. */
    | ({ readonly kind: "invalid" | "malformed" | "unlinkable" | "uninstantiable" } & SpecModule)
  );

export interface SpecFile {
  readonly name: string;
  readonly commands: readonly SpecCommand[];
}

export interface SpecArchive {
  /** Where the files come from, one line each. */
  readonly origins: readonly string[];
  readonly files: readonly SpecFile[];
}

/** Equal archives give equal bytes with one version of Node; other versions may compress in another way. */
export function packArchive(archive: SpecArchive): Uint8Array {
  return brotliCompressSync(JSON.stringify(archive), {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      // The same wrapper module comes back thousands of times.
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    },
  });
}

export function unpackArchive(bytes: Uint8Array): SpecArchive {
  return JSON.parse(brotliDecompressSync(bytes).toString("utf8")) as SpecArchive;
}
