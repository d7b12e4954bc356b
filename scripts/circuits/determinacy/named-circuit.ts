import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { compileCircuit } from "../compile.ts";
import { BUILD } from "../paths.ts";
import { readR1cs } from "../setup/r1cs-file.ts";
import type { R1cs } from "../setup/r1cs-file.ts";

/** A circuit as it is written, nothing simplified, with the names of its signals. */
export interface NamedCircuit {
  readonly r1cs: R1cs;
  /** Wires by the names of their signals, such as `main.values[2]`. */
  readonly wires: ReadonlyMap<string, number>;
}

/** Compiles a source with `component main`; keeps no files. @param instance names it in errors. */
export async function compileNamed(instance: string, source: string): Promise<NamedCircuit> {
  await mkdir(BUILD, { recursive: true });
  const folder = await mkdtemp(path.join(BUILD, "named."));
  try {
    await compileCircuit({ instance, source, folder, verbatim: "listed" });
    return await readNamed(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads what a verbatim compilation left in a folder. */
export async function readNamed(folder: string): Promise<NamedCircuit> {
  const symbols = await readFile(path.join(folder, "circuit.sym"), "utf8");
  const wires = symbols.split("\n").flatMap((line): [string, number][] => {
    const [, wire, , name] = line.split(",");
    return name === undefined ? [] : [[name, Number(wire)]];
  });
  return { r1cs: readR1cs(await readFile(path.join(folder, "circuit.r1cs"))), wires: new Map(wires) };
}
