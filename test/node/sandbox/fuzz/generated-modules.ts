import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const WASM_OPT = fileURLToPath(new URL("../../../../node_modules/binaryen/bin/wasm-opt", import.meta.url));
/** What is admitted. */
const FEATURES = [
  "--mvp-features",
  ...["sign-ext", "nontrapping-float-to-int", "bulk-memory", "mutable-globals", "multivalue"].map(
    (feature) => `--enable-${feature}`,
  ),
];
const AT_ONCE = 2;

export interface GeneratedModule {
  /** Makes the same module on every machine. */
  readonly seed: number;
  readonly bytes: Uint8Array;
}

export interface GenerationOptions {
  readonly from: number;
  readonly count: number;
  /** With `--denan` no NaN ever arises, so that a raw run, whose NaNs are not canonical, may be compared bit by bit. */
  readonly nans: boolean;
}

/** Random valid modules from binaryen's own fuzzer (`wasm-opt -ttf`), the same for the same seeds. */
export async function generateModules({ from, count, nans }: GenerationOptions): Promise<GeneratedModule[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "quorate-fuzz-"));
  try {
    const modules: GeneratedModule[] = [];
    const seeds = Array.from({ length: count }, (_, step) => from + step);
    const worker = async () => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        modules.push({ seed, bytes: await generate(seed, { folder, nans }) });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return modules.sort((a, b) => a.seed - b.seed);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function generate(
  seed: number,
  { folder, nans }: { readonly folder: string; readonly nans: boolean },
): Promise<Uint8Array> {
  const [input, output] = [path.join(folder, `${seed}.txt`), path.join(folder, `${seed}.wasm`)];
  await writeFile(input, randomBytes(seed));
  const options = [...FEATURES, ...(nans ? [] : ["--denan"])];
  await run(process.execPath, [WASM_OPT, "-ttf", input, "-o", output, ...options]);
  return readFile(output);
}

/** One to eight KiB from a seed: the fuzzer makes larger modules of more. */
function randomBytes(seed: number): Uint8Array {
  const blocks = 32 + (seed % 8) * 32;
  const block = (index: number) => createHash("sha256").update(`module ${seed} ${index}`).digest();
  return Buffer.concat(Array.from({ length: blocks }, (_, index) => block(index)));
}
