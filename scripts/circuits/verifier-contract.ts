import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { BuiltInstance } from "./ensure-circuits.ts";
import { hasVerifier, verifierName } from "./instances.ts";
import { VERIFIERS } from "./paths.ts";

/** Where the contracts keep a circuit's generated verifier. */
function verifierPath({ instance }: BuiltInstance): string {
  return path.join(VERIFIERS, `${verifierName(instance)}.sol`);
}

/** Whether the committed verifier, where there has to be one, is what the circuit's keys generate. */
export async function isVerifierCurrent(circuit: BuiltInstance): Promise<boolean> {
  if (!hasVerifier(circuit.instance)) return true;
  const committed = await readFile(verifierPath(circuit), "utf8").catch(() => undefined);
  return committed === (await readFile(circuit.verifierFile, "utf8"));
}

/** Puts the generated verifier, if there has to be one, among the contracts. */
export async function writeVerifier(circuit: BuiltInstance): Promise<void> {
  if (!hasVerifier(circuit.instance)) return;
  await mkdir(VERIFIERS, { recursive: true });
  await writeFile(verifierPath(circuit), await readFile(circuit.verifierFile, "utf8"));
}
