import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { newModule } from "../../../../../node/app/authoring/new-module.ts";

/** A new project whose files are then replaced by these. */
export async function fixtureProject(
  folder: string,
  language: string,
  files: Readonly<Record<string, string | object>> = {},
): Promise<string> {
  await newModule({ name: "fixture", language, folder });
  writeFiles(folder, files);
  return folder;
}

/** Objects are written as YAML. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), typeof content === "string" ? content : stringify(content));
  }
}

/** The fetcher of the AssemblyScript fixtures: keeps a count in its storage, and shows what a host function does. */
export const COUNTING_PROGRAM = `
import { Decimal } from "./quorate/decimal";
import { Input, Requests, fail, value } from "./quorate/envelope";
import { count, gauge, loadText, log, storeText, INFO } from "./quorate/host";

export { alloc } from "./quorate/abi";

export function requests(pointer: usize, length: usize): u64 {
  const before = loadText("asked");
  storeText("asked", before === null ? "1" : before + "1");
  const list = new Requests();
  list.get("book", "/" + Input.read(pointer, length).param("symbol") + ".json");
  return list.answer();
}

export function observe(pointer: usize, length: usize): u64 {
  const asked = loadText("asked");
  const number = Decimal.parse(asked === null ? "" : asked);
  if (number === null) return fail("not-asked", "the first phase stored nothing");
  log(INFO, "asked " + number.toString());
  count("rounds_total", "a", 2);
  gauge("asked", number);
  return value(number);
}
`;

export const COUNTING_HOST = ["log", "metrics", "storage"];
