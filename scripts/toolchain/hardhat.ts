import { spawn } from "node:child_process";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { ROOT } from "./root.ts";

export interface ContractsError {
  readonly code: "contracts-not-compiled";
  readonly exitCode: number | null;
}

/** Hardhat's program, to be run by this Node: the one on the PATH may be too old for it. */
export const HARDHAT_CLI = path.join(ROOT, "node_modules/hardhat/dist/src/cli.js");
/** A failing compilation says what it has to say in less. */
const MAX_OUTPUT_CHARS = 64 * 1024;

/**
 * Compiles the contracts, and generates their artifacts and types; takes seconds when nothing changed. Silent unless it fails.
 * @param options of `hardhat build`.
 * @throws QuorateError<ContractsError> with the compiler's own words.
 */
export async function buildContracts(options: readonly string[] = []): Promise<void> {
  const args = [HARDHAT_CLI, "build", ...options];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARS);
    });
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (exitCode !== 0)
    throw new QuorateError<ContractsError>(
      { code: "contracts-not-compiled", exitCode },
      `the contracts do not compile:\n${output}`,
    );
}
