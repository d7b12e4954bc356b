import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks on standard error and reads one line of standard input, which a terminal does not show; "" where the input ends. */
export async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: process.stdin.isTTY });
  const ended = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
  try {
    return await Promise.race([reader.question(""), ended]);
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}
