import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Project } from "./language.ts";
import { compileWith, doesNotCompile, requireCargo, type RustCompiler } from "./toolchain.ts";

const FLAGS = [
  ...["--edition", "2021"],
  ...["-C", "opt-level=3"],
  ...["-C", "panic=abort"],
  ...["-C", "codegen-units=1"],
  ...["-C", "strip=symbols"],
];
/** One page: see the C compiler's flags. */
const LINK = ["-C", "lto=fat", "-C", "link-arg=-zstack-size=65536"];
const DEPENDENCIES = /^\[dependencies\]\n((?:(?!\[).*\n?)*)/m;
const SDK_PATH = /^quorate-guest *=.*\bpath *= *"([^"]+)"/m;

/**
 * Compiles the program of a Rust project. One that needs the guest SDK alone is compiled by rustc itself, the same
 * everywhere; one with other dependencies by cargo, as its author configured it.
 * @param scratch a folder for what the compilers write.
 */
export async function compileRust(project: Project, compiler: RustCompiler, scratch: string): Promise<Uint8Array> {
  const manifest = await readFile(path.join(project.folder, "Cargo.toml"), "utf8").catch(() => "");
  const dependencies = (DEPENDENCIES.exec(manifest)?.[1] ?? "").split("\n").filter((line) => /^[\w-]+ *=/.test(line));
  if (dependencies.some((line) => !/^quorate-guest *=/.test(line))) return compileByCargo(project, compiler, scratch);
  const sdk = SDK_PATH.exec(manifest)?.[1];
  const library = sdk === undefined ? [] : await compileSdk(project, { sdk, compiler, scratch });
  const output = path.join(scratch, "module.wasm");
  const kind = project.language === "rust" ? "cdylib" : "bin";
  const args = [...targetOf(compiler), ...FLAGS, ...LINK, "--crate-type", kind, "--crate-name", "fetcher", ...library];
  await compileWith({
    program: compiler.program,
    args: [...args, project.entry, "-o", output],
    cwd: project.folder,
    entry: project.entry,
  });
  return readFile(output);
}

interface SdkOptions {
  /** Folder of the crate, relative to the project's. */
  readonly sdk: string;
  readonly compiler: RustCompiler;
  readonly scratch: string;
}

/** @returns the arguments by which the program finds the compiled SDK. */
async function compileSdk({ folder }: Project, { sdk, compiler, scratch }: SdkOptions): Promise<string[]> {
  const output = path.join(scratch, "libquorate_guest.rlib");
  const entry = path.join(sdk, "src/lib.rs");
  const crate = ["--crate-type", "rlib", "--crate-name", "quorate_guest", "--cfg", 'feature="panic-handler"'];
  // Places of panics are the only paths that could enter the module.
  const remap = ["--remap-path-prefix", `${sdk}=quorate-guest`];
  const args = [...targetOf(compiler), ...FLAGS, "-C", "embed-bitcode=yes", ...crate, ...remap, entry, "-o", output];
  await compileWith({ program: compiler.program, args, cwd: folder, entry });
  return ["--extern", `quorate_guest=${output}`];
}

async function compileByCargo({ folder, entry }: Project, compiler: RustCompiler, scratch: string): Promise<Uint8Array> {
  await requireCargo();
  const env = { ...process.env, RUSTC: compiler.program, CARGO_TARGET_DIR: scratch };
  const args = ["build", "--release", "--target", compiler.target];
  await compileWith({ program: "cargo", args, cwd: folder, entry, env });
  const built = path.join(scratch, compiler.target, "release");
  const modules = (await readdir(built)).filter((name) => name.endsWith(".wasm"));
  const [module, ...more] = modules;
  if (module !== undefined && more.length === 0) return readFile(path.join(built, module));
  throw doesNotCompile(entry, `error: cargo made ${modules.join(", ") || "no module"}: one [lib] with crate-type cdylib is needed`);
}

function targetOf({ target }: RustCompiler): string[] {
  return ["--target", target];
}
