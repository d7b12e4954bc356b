import path from "node:path";
import { type Command, Option } from "commander";

interface NewFlags {
  readonly lang: string;
  readonly dir?: string;
}

/** As the templates are called. */
const LANGUAGES = ["assemblyscript", "c", "rust", "wasi-c", "other"];

export function addNewCommand(module: Command): void {
  module
    .command("new")
    .description(
      "write a new fetcher: program, manifest, a test with a recorded response, README, and the SDK it needs",
    )
    .argument("<name>", "its name: a-z, 0-9 and -")
    .addOption(
      new Option("--lang <language>", "language of the program; other: all but the program")
        .choices(LANGUAGES)
        .makeOptionMandatory(),
    )
    .option("--dir <folder>", "where to write it (default: a new folder of that name)")
    .action(async (name: string, { lang, dir = name }: NewFlags) => {
      const { newModule } = await import("../app/authoring/new-module.ts");
      const files = await newModule({ name, language: lang, folder: dir });
      for (const file of files) console.log(`  ${path.join(dir, file)}`);
      const folder = dir === "." ? "" : ` ${dir}`;
      const build = `quorate module build${folder}${lang === "other" ? " --wasm FILE" : ""}`;
      console.log(`next: ${build} && quorate module test${folder}`);
    });
}
