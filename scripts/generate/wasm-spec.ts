// Usage: node scripts/generate/wasm-spec.ts MOZJS BINARYEN [--check]
// Writes test/vectors/wasm-spec/suite.json.br from the unpacked Debian sources of mozjs78 and binaryen (`apt-get source`,
// release bookworm), with wast2json of Debian's wabt; with --check it only compares. The tests need neither.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../toolchain/root.ts";
import { packArchive, unpackArchive, type SpecArchive } from "./wasm-spec/archive.ts";
import { readJitTests } from "./wasm-spec/jit-tests.ts";
import { readWastFiles } from "./wasm-spec/wast-files.ts";

const OUTPUT = path.join(ROOT, "test/vectors/wasm-spec/suite.json.br");
/** Below SpiderMonkey's folder of specification tests: the specification itself, and a proposal since merged into it. */
const SUITES = ["spec", "bulk-memory-operations"];
/** Files that SpiderMonkey's copy lacks. */
const MISSING = ["align", "br_table", "data", "exports", "imports", "linking", "memory_trap", "names"];

const [mozjs, binaryen, ...options] = process.argv.slice(2);

if (mozjs === undefined || binaryen === undefined || options.some((option) => option !== "--check")) {
  console.error("Usage: node scripts/generate/wasm-spec.ts MOZJS BINARYEN [--check]");
  process.exitCode = 2;
} else {
  const archive = read(mozjs, binaryen);
  const commands = archive.files.reduce((sum, file) => sum + file.commands.length, 0);
  if (!options.includes("--check")) writeFileSync(OUTPUT, packArchive(archive));
  const same = JSON.stringify(unpackArchive(readFileSync(OUTPUT))) === JSON.stringify(archive);
  console.log(
    `${archive.files.length} files, ${commands} commands: ${same ? "up to date" : "differ from the archive"}`,
  );
  process.exitCode = same ? 0 : 1;
}

function read(mozjs: string, binaryen: string): SpecArchive {
  const jitTests = path.join(mozjs, "js/src/jit-test/tests/wasm/spec");
  return {
    origins: [
      "WebAssembly specification tests, https://github.com/WebAssembly/spec, Apache-2.0",
      "spec/*, bulk-memory-operations/*: as converted in Debian's source package mozjs78 78.15.0",
      "binaryen/*: from Debian's source package binaryen 108-1, converted with wast2json 1.0.32",
    ],
    files: [
      ...SUITES.flatMap((suite) => readJitTests(jitTests, suite)),
      ...readWastFiles(path.join(binaryen, "test/spec"), MISSING),
    ],
  };
}
