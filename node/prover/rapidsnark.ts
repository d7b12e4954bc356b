import { execFile } from "node:child_process";
import { access, constants, open, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Groth16Proof } from "../../core/ports/prover.ts";
import type { ArtifactFile } from "../../core/proof/circuit.ts";
import type { ProverErrorData } from "./errors.ts";
import type { Groth16Backend } from "./groth16/backend.ts";
import { loadArtifact } from "./load-artifacts.ts";
import { groth16Proof } from "./proof-format.ts";

export interface RapidsnarkOptions {
  /** Path of the program. */
  readonly binary: string;
  /** Folder for a witness and a proof at a time. Whoever starts this process removes it. */
  readonly scratch: string;
}

/** A proof has 800 bytes; a program that writes much more is another one. */
const MAX_OUTPUT_BYTES = 16 * 1024;
/** What is kept of the program's last words. */
const MAX_WORDS = 300;

const run = promisify(execFile);

/** A coordinate in decimal: below 2²⁵⁴, so 77 digits at most. */
const coordinate = z.string().regex(/^\d{1,77}$/);
const pair = z.tuple([coordinate, coordinate]);
const proofSchema = z.looseObject({
  pi_a: z.tuple([coordinate, coordinate, coordinate]),
  pi_b: z.tuple([pair, pair, pair]),
  pi_c: z.tuple([coordinate, coordinate, coordinate]),
});

/**
 * Has an installed rapidsnark prove: `<binary> <zkey> <witness> <proof.json> <public.json>`. The program is trusted with
 * nothing: it gets no environment but PATH, its output is bounded and read strictly, and the engine verifies the proof.
 * @throws QuorateError<ProverErrorData> `artifact-mismatch` or `engine-missing`.
 */
export async function createRapidsnarkBackend(
  zkey: ArtifactFile,
  { binary, scratch }: RapidsnarkOptions,
): Promise<Groth16Backend> {
  await loadArtifact(zkey);
  await requireExecutable(binary);
  const [witnessFile, proofFile, signalsFile] = ["witness.wtns", "proof.json", "public.json"].map((name) =>
    path.join(scratch, name),
  ) as [string, string, string];
  return {
    async prove(witness) {
      await writeFile(witnessFile, witness, { mode: 0o600 });
      // What an earlier run left must not pass for this one's.
      await writeFile(proofFile, "", { mode: 0o600 });
      await execute(binary, [zkey.path, witnessFile, proofFile, signalsFile]);
      return readProof(binary, proofFile);
    },
    stop: () => Promise.resolve(),
  };
}

async function requireExecutable(binary: string): Promise<void> {
  try {
    await access(binary, constants.X_OK);
  } catch (cause) {
    const message = `${binary} is no program that this user may run: set prover.rapidsnark to the path of rapidsnark's \`prover\`, or leave it out`;
    throw new QuorateError<ProverErrorData>({ code: "engine-missing", path: binary }, message, { cause });
  }
}

async function execute(binary: string, args: readonly string[]): Promise<void> {
  try {
    await run(binary, args, { env: { PATH: process.env.PATH }, maxBuffer: MAX_OUTPUT_BYTES });
  } catch (cause) {
    const { stderr = "", message, code = "none" } = cause as { stderr?: string; message: string; code?: unknown };
    const words = (stderr.trim() || message).slice(-MAX_WORDS);
    throw failed(binary, `ended with code ${String(code)}: ${words}`);
  }
}

async function readProof(binary: string, file: string): Promise<Groth16Proof> {
  const parsed = proofSchema.safeParse(parseJson(await readStart(file)));
  if (!parsed.success) throw failed(binary, "wrote no proof in the format of snarkjs");
  return groth16Proof(parsed.data);
}

async function readStart(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_OUTPUT_BYTES));
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The schema refuses it.
  }
}

function failed(binary: string, reason: string): QuorateError<ProverErrorData> {
  return new QuorateError(
    { code: "engine-failed", path: binary, reason },
    `${binary} ${reason}; check that it is rapidsnark and fits the circuit's proving key, or leave prover.rapidsnark out`,
  );
}
