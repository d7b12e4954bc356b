import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;

/** Runs `ip` with these arguments. @throws with what it said. */
export async function ip(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("ip", args, { timeout: TIMEOUT_MS });
  return stdout;
}
