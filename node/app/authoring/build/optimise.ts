import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import type { BuildErrorData } from "./build-errors.ts";
import { resolveNpmTool } from "./npm-tool.ts";

/**
 * What is used of binaryen. It is loaded when a module is built: 13 MB that nothing else needs.
 */
interface Binaryen {
  readonly Features: Readonly<Record<string, number>>;
  readBinaryWithFeatures(bytes: Uint8Array, features: number): BinaryenModule;
  setOptimizeLevel(level: number): void;
  setShrinkLevel(level: number): void;
}

interface BinaryenModule {
  runPasses(passes: readonly string[]): void;
  optimize(): void;
  emitBinary(): Uint8Array;
  dispose(): void;
}

/** What the sandbox admits: the optimiser introduces nothing else. */
const ADMITTED = [
  ...["MVP", "MutableGlobals", "SignExt", "NontrappingFPToInt", "BulkMemory", "BulkMemoryOpt", "Multivalue"],
  // Newer compilers leave room for table numbers that they never use; written again it is gone.
  "CallIndirectOverlong",
];

/**
 * Optimises a module for speed, which is fuel, and strips it: 3 % of fuel and 8 % of size of the Rust example, less of
 * those whose compilers did the same. Newer compilers declare features that the module does not
 * use; one that does use them is refused by the admission, with the place.
 * @throws QuorateError `module-not-optimisable` for bytes that are no core module.
 */
export async function optimise(module: Uint8Array): Promise<Uint8Array> {
  const binaryen = ((await import(resolveNpmTool("binaryen"))) as { default: Binaryen }).default;
  const features = ADMITTED.reduce((mask, name) => mask | (binaryen.Features[name] ?? 0), 0);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  let ir: BinaryenModule | undefined;
  try {
    ir = binaryen.readBinaryWithFeatures(module, features);
    ir.runPasses(["strip-debug", "strip-producers", "strip-target-features"]);
    // A second round would change fuel by less than 0.1 %.
    ir.optimize();
    return withoutCustomSections(ir.emitBinary());
  } catch (cause) {
    const { message: reason = String(cause) } = cause as { readonly message?: string };
    throw new QuorateError<BuildErrorData>(
      { code: "module-not-optimisable", reason },
      `binaryen cannot read the module (${reason}): compile it again, without features beyond bulk memory and sign extension; with --as-it-is the sandbox names the place`,
      { cause },
    );
  } finally {
    ir?.dispose();
  }
}

const HEADER_BYTES = 8;
const CUSTOM_SECTION = 0;

/** Names and notes of tools. The bytes come from the optimiser: they are well-formed. */
function withoutCustomSections(module: Uint8Array): Uint8Array {
  const kept = [module.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < module.length;) {
    const start = at;
    const id = module[at++];
    let [size, shift, byte] = [0, 0, 0x80];
    for (; (byte & 0x80) !== 0; shift += 7) {
      byte = module[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
    }
    at += size;
    if (id !== CUSTOM_SECTION) kept.push(module.subarray(start, at));
  }
  return Buffer.concat(kept);
}
