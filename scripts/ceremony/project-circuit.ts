import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { readArtifactRecords } from "../circuits/artifacts.ts";
import { FILES } from "../circuits/build-circuit.ts";
import { withBuildLock } from "../circuits/build-lock.ts";
import { compileCircuit } from "../circuits/compile.ts";
import { type CircuitInstance, findInstance, mainSource } from "../circuits/instances.ts";
import { ARTIFACTS_FILE, ROOT } from "../circuits/paths.ts";
import type { CeremonyCircuit } from "./deps.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { digestOfFile } from "./files/digests.ts";

const BUILD = path.join(ROOT, "build/ceremony");

/**
 * Compiles an instance anew, and compares with what `circuits/artifacts.json` records: what a key is made for should follow
 * from the sources that one has read, not from a file that lay there.
 * @throws QuorateError `circuit-unknown`, `circuit-compiler-failed`, `circuit-differs`.
 */
export async function projectCircuit(name: string): Promise<CeremonyCircuit> {
  const instance = await findInstance(name);
  const folder = path.join(BUILD, name);
  await mkdir(BUILD, { recursive: true });
  await withBuildLock(name, path.join(BUILD, `${name}.lock`), async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await compileCircuit({ instance: name, source: mainSource(instance), folder });
  });
  const recorded = (await readArtifactRecords(ARTIFACTS_FILE))[name]?.sha256;
  const file = async (kind: "r1cs" | "wasm") => {
    const at = path.join(folder, FILES[kind]);
    const found = await digestOfFile(at);
    const expected = recorded?.[kind] ?? "0x";
    if (found === expected) return { path: at, sha256: found };
    const message =
      `${name} does not compile to what circuits/artifacts.json records (${kind}): ` +
      "check out a release, and run `npm ci`, before you begin or verify a ceremony";
    throw new QuorateError<CeremonyErrorData>({ code: "circuit-differs", circuit: name, expected, found }, message);
  };
  return { name, shape: shapeOf(instance), r1cs: await file("r1cs"), wasm: await file("wasm") };
}

function shapeOf(instance: CircuitInstance): CeremonyCircuit["shape"] {
  if (instance.template !== "MedianProof") return undefined;
  const { nMax, k, lanes } = instance;
  return { nMax, k, lanes };
}
