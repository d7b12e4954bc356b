import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { deserialize } from "node:v8";
import type { AdmittedProgram } from "../../../../../node/sandbox/admission/admit.ts";
import { createProgram } from "../../../../../node/sandbox/guest/create-program.ts";
import { compileProgram, type Program } from "../../../../../node/sandbox/guest/program.ts";
import { observe } from "./components.ts";

/**
 * One line: a digest over results and fuel of many runs. Run by `tiers.test.ts` under each tier, with the file of the
 * admitted programs: the generator is a large program, which the optimising tier alone compiles for seconds.
 */
const hash = createHash("sha256");
// Messages quote the engine in places.
const note = (value: object) =>
  hash.update(
    JSON.stringify(value, (key, entry: unknown) =>
      key === "message" ? "" : typeof entry === "bigint" ? String(entry) : entry,
    ),
  );

const programs = deserialize(await readFile(process.argv[2] ?? "")) as Readonly<Record<string, AdmittedProgram>>;
const load = (name: string): Promise<Program> => {
  const program = programs[name];
  if (program === undefined) throw new Error(`no program ${name}`);
  return createProgram(compileProgram(program), { folders: [], fileDescriptors: 16 });
};

const phases = await load("phases");
for (const input of ["hello", "x".repeat(10_000), "L", "R", "T", "O", "P", "B", "U"]) note(observe(phases, input));
const command = await load("command");
for (const input of ["{", "", "f", "x", "y", ...Array.from("OEQHDMCNWZISFALV")]) {
  note(observe(command, input, { fuel: 20_000_000n }));
}
for (let fuel = 1000n; fuel < 1_000_000n; fuel += 49_999n) note(observe(command, "{", { fuel }));
const adapted = await load("adapted");
for (let fuel = 1000n; fuel < 300_000n; fuel += 24_999n) note(observe(adapted, "hello", { fuel }));
const host = await load("host");
for (const input of ["Ltext", "E", "U", "P", "Mlabel", "Gkey", "Sk", "B", "Dk", "F"]) note(observe(host, input));
console.log(hash.digest("hex"));
