import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { BuiltCircuit } from "./ensure-circuits.ts";
import { verifierName } from "./instances.ts";
import { VERIFIERS } from "./paths.ts";

/** Where the contracts keep a circuit's generated verifier. */
function verifierPath({ instance }: BuiltCircuit): string {
  return path.join(VERIFIERS, `${verifierName(instance)}.sol`);
}

/** Whether the committed verifier is the one that the circuit's keys generate. */
export async function isVerifierCurrent(circuit: BuiltCircuit): Promise<boolean> {
  const committed = await readFile(verifierPath(circuit), "utf8").catch(() => undefined);
  return committed === (await readFile(circuit.verifierFile, "utf8"));
}

/** Puts the generated verifier among the contracts. */
export async function writeVerifier(circuit: BuiltCircuit): Promise<void> {
  await mkdir(VERIFIERS, { recursive: true });
  await writeFile(verifierPath(circuit), await readFile(circuit.verifierFile, "utf8"));
}
