import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import { buildModule, compileProject } from "../../../../node/app/authoring/build/build-module.ts";
import { detectProject } from "../../../../node/app/authoring/build/language.ts";
import { resolveNpmTool } from "../../../../node/app/authoring/build/npm-tool.ts";
import { findClang, findRustc } from "../../../../node/app/authoring/build/toolchain.ts";
import { newModule } from "../../../../node/app/authoring/new-module.ts";
import { testModule } from "../../../../node/app/authoring/test-module.ts";
import { readManifest } from "../../../../node/config/manifest.ts";
import { scratchFolder } from "../../../support/scratch.ts";
import { silentLog } from "../../../support/silent-log.ts";
import { fixtureProject, writeFiles } from "./support/fixture-project.ts";

const scratch = scratchFolder();
const COMPILERS = {
  assemblyscript: () => Promise.resolve(),
  c: () => findClang({ language: "c" }),
  rust: () => findRustc({ language: "rust" }),
  "wasi-c": () => findClang({ language: "wasi-c" }),
};

/** The reason why a language cannot be tried here. */
async function lacking(language: keyof typeof COMPILERS): Promise<string | false> {
  try {
    await COMPILERS[language]();
    return false;
  } catch (error) {
    assert.ok(error instanceof QuorateError && error.code === "toolchain-missing");
    return error.message;
  }
}

describe("a new project", () => {
  for (const language of ["assemblyscript", "c", "rust", "wasi-c"] as const) {
    it(`in ${language} builds and passes its tests as it is, twice the same`, async (t) => {
      const reason = await lacking(language);
      if (reason !== false) {
        t.skip(reason);
        return;
      }
      const [one, other] = [path.join(scratch, language, "one"), path.join(scratch, `${language}-other/deep/er`)];
      for (const folder of [one, other]) await newModule({ name: "mid-price", language, folder });
      const built = await buildModule(one);
      const { bytes } = await compileProject(detectProject(other));
      assert.ok(Buffer.from(bytes).equals(built.bytes), "the folder's place is in the module");
      assert.equal(built.report.shape, language === "wasi-c" ? "command" : "reactor");
      assert.equal(built.upToDate, false);
      const { cases } = await testModule({ folder: one }, { log: silentLog });
      assert.deepEqual(
        cases.map(({ name, differences }) => [name, differences]),
        [
          ["middle", []],
          ["source-down", []],
        ],
      );
    });
  }

  it("for another toolchain says how to hand over its module, and leaves the memory to it", async () => {
    const folder = path.join(scratch, "other");
    const files = await newModule({ name: "mid-price", language: "other", folder });
    const [manifest, readme] = ["manifest.yaml", "README.md"].map((file) =>
      readFileSync(path.join(folder, file), "utf8"),
    );
    assert.ok(!files.some((file) => file.startsWith("src") || file.includes("SDK")), String(files));
    assert.ok(!manifest!.includes("memoryPages:"), "linkers that reserve 1 MiB of stack need more than 16 pages");
    assert.match(readme!, /^# mid-price\n[^]*quorate module build --wasm FILE/);
    assert.ok(!readme!.includes("is the program"));
  });

  it("overwrites nothing, and takes a name that a manifest takes", async () => {
    const folder = path.join(scratch, "taken");
    await newModule({ name: "a", language: "c", folder });
    await assert.rejects(newModule({ name: "a", language: "c", folder }), { code: "folder-not-empty" });
    for (const name of ["", "A", "1a", "a b", "../a", "a".repeat(65)])
      await assert.rejects(newModule({ name, language: "c", folder: path.join(scratch, "x") }), {
        code: "module-name-invalid",
      });
  });
});

describe("a build", () => {
  it("knows each language by its place", () => {
    const at = (entry: string): string => {
      const folder = path.join(scratch, "detect", entry.replaceAll("/", "-"));
      writeFiles(folder, { [entry]: "" });
      return detectProject(folder).language;
    };
    assert.deepEqual(["assembly/index.ts", "src/anything.c", "src/main.c", "src/lib.rs", "src/main.rs"].map(at), [
      "assemblyscript",
      "c",
      "wasi-c",
      "rust",
      "wasi-rust",
    ]);
    const two = path.join(scratch, "two");
    writeFiles(two, { "src/a.c": "", "src/b.c": "" });
    for (const folder of [two, scratch]) assert.throws(() => detectProject(folder), { code: "language-unknown" });
  });

  it("says what the compiler says", async () => {
    const folder = await fixtureProject(path.join(scratch, "broken"), "assemblyscript", {
      "assembly/index.ts": "export let x: Foo;",
    });
    await assert.rejects(buildModule(folder), (error: QuorateError) => {
      assert.equal(error.code, "module-does-not-compile");
      assert.match(error.message, /^assembly\/index\.ts does not compile: .*TS2304/);
      assert.match((error.data as unknown as { output: string }).output, /Cannot find name 'Foo'/);
      return true;
    });
  });

  it("leaves everything as it was where the sandbox refuses the module", async () => {
    const folder = await fixtureProject(path.join(scratch, "refused"), "assemblyscript");
    await buildModule(folder);
    assert.equal((await buildModule(folder, { check: true })).upToDate, true);
    const files = ["manifest.yaml", "build/fixture.wasm"].map((file) => path.join(folder, file));
    const before = files.map((file) => readFileSync(file, "utf8"));
    writeFiles(folder, {
      "assembly/index.ts": `${readFileSync(path.join(folder, "assembly/index.ts"), "utf8")}
        import { log } from "./quorate/host";
        export function extra(): void { log(1, "x"); }`,
    });
    await assert.rejects(buildModule(folder), (error: QuorateError) => {
      assert.equal(error.code, "module-refused");
      assert.match(error.message, /host: \[log\]/);
      return true;
    });
    assert.deepEqual(
      files.map((file) => readFileSync(file, "utf8")),
      before,
    );
  });

  it("needs a line for the digest in the manifest", async () => {
    const folder = await fixtureProject(path.join(scratch, "no-digest"), "assemblyscript");
    const file = path.join(folder, "manifest.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^sha256:.*\n/m, ""));
    await assert.rejects(buildModule(folder), { code: "manifest-without-module" });
    rmSync(file);
    await assert.rejects(buildModule(folder), { code: "config-missing" });
  });

  it("enters the digests of the folders, and leaves the rest of the manifest alone", async () => {
    const folder = await fixtureProject(path.join(scratch, "folders"), "assemblyscript", { "data/a.txt": "a" });
    const file = path.join(folder, "manifest.yaml");
    writeFileSync(
      file,
      `${readFileSync(file, "utf8")}\n# Two of them.\nfolders:\n  - { path: /data, directory: ./data, sha256: "" }\n`,
    );
    await buildModule(folder);
    const before = readFileSync(file, "utf8");
    assert.match(
      before,
      /\n# Two of them\.\nfolders:\n {2}- \{ path: \/data, directory: \.\/data, sha256: "?0x[0-9a-f]{64}"? \}\n/,
    );
    assert.equal((await readManifest(file)).folders.length, 1);
    writeFiles(folder, { "data/a.txt": "b" });
    assert.equal((await buildModule(folder)).upToDate, false);
    assert.notEqual(readFileSync(file, "utf8"), before);
  });

  it("takes a module that was made elsewhere, a component as it is", async () => {
    const folder = await fixtureProject(path.join(scratch, "foreign"), "other");
    const made = fileURLToPath(new URL("../../../../fetchers/reading/build/reading.wasm", import.meta.url));
    const { language, compiler, bytes, report } = await buildModule(folder, { wasm: made });
    assert.deepEqual([language, compiler, report.shape], ["other", "from reading.wasm", "reactor"]);
    assert.ok(readFileSync(path.join(folder, "build/fixture.wasm")).equals(bytes));
    const asItIs = await buildModule(folder, { wasm: made, asItIs: true });
    assert.ok(readFileSync(made).equals(asItIs.bytes));
    const unreadable = { code: "module-unreadable" };
    await assert.rejects(buildModule(folder, { wasm: "/nowhere" }), {
      ...unreadable,
      message: /^there is no file \/nowhere: /,
    });
    await assert.rejects(buildModule(folder, { wasm: folder }), { ...unreadable, message: /^cannot read / });
    const [text, cut] = [path.join(scratch, "text.wasm"), path.join(scratch, "cut.wasm")];
    writeFileSync(text, "no module");
    for (const asItIs of [false, true])
      await assert.rejects(buildModule(folder, { wasm: text, asItIs }), {
        ...unreadable,
        message: /text\.wasm is no WebAssembly: /,
      });
    writeFileSync(cut, readFileSync(made).subarray(0, 1000));
    await assert.rejects(buildModule(folder, { wasm: cut }), {
      ...{
        code: "module-not-optimisable",
        message: /^binaryen cannot read the module \((?!\[object)[^)]+\): .*--as-it-is/,
      },
    });
    await assert.rejects(buildModule(folder, { wasm: cut, asItIs: true }), { code: "module-refused" });
    const component = path.join(scratch, "component.wasm");
    writeFileSync(component, Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]));
    await assert.rejects(buildModule(folder, { wasm: component }), { code: "module-refused" });
  });

  it("leaves a Rust project with further dependencies to cargo", async (t) => {
    const reason = await lacking("rust");
    if (reason !== false) {
      t.skip(reason);
      return;
    }
    const folder = await fixtureProject(path.join(scratch, "cargo"), "rust");
    const cargoFile = path.join(folder, "Cargo.toml");
    writeFileSync(cargoFile, readFileSync(cargoFile, "utf8").replace("[dependencies]", '[dependencies]\nother = "1"'));
    const made = fileURLToPath(new URL("../../../../fetchers/reading/build/reading.wasm", import.meta.url));
    const search = process.env.PATH ?? "";
    // Stands for cargo: says where it was told to write, and writes a module there.
    const tools = path.join(scratch, "tools");
    writeFiles(tools, {
      cargo: `#!/bin/sh\n[ "$1" = --version ] && exit 0\nto="$CARGO_TARGET_DIR/wasm32-unknown-unknown/release"\n[ "$*" = "build --release --target wasm32-unknown-unknown" ] && [ -x "$RUSTC" ] && mkdir -p "$to" && cp "${made}" "$to/fixture.wasm"\n`,
    });
    chmodSync(path.join(tools, "cargo"), 0o755);
    process.env.PATH = `${tools}${path.delimiter}${search}`;
    try {
      assert.equal((await buildModule(folder)).report.shape, "reactor");
    } finally {
      process.env.PATH = search;
    }
  });

  it("says which package brings a compiler that is missing", async () => {
    const search = process.env.PATH;
    process.env.PATH = path.join(scratch, "nowhere");
    mkdirSync(process.env.PATH, { recursive: true });
    try {
      await assert.rejects(findClang({ language: "c" }), { code: "toolchain-missing", message: /clang-19, lld-19$/ });
      await assert.rejects(findClang({ language: "wasi-c" }), { code: "toolchain-missing", message: /wasi-libc/ });
      await assert.rejects(findRustc({ language: "rust" }), {
        code: "toolchain-missing",
        message: /wasm32-unknown-unknown/,
      });
    } finally {
      process.env.PATH = search;
    }
  });

  it("says how to install a tool that npm brings", () => {
    assert.match(resolveNpmTool("binaryen"), /^file:.*binaryen/);
    const none = { code: "toolchain-missing", message: /no-such-tool is not installed: run `npm ci`/ };
    assert.throws(() => resolveNpmTool("no-such-tool"), none);
  });

  it("takes another version of a compiler for none", async () => {
    const none = { code: "toolchain-missing", message: /no clang version 0\.0/ };
    await assert.rejects(findClang({ language: "c", version: "clang version 0.0" }), none);
  });
});
