import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CeremonyErrorData } from "./errors.ts";

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks on standard error and reads one line of standard input, which a terminal does not show. An empty line is asked again.
 * @throws QuorateError<CeremonyErrorData> `text-missing` after Ctrl-C, and where the input ends.
 */
export async function askHidden(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  output.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input, output: nowhere, terminal: input.isTTY === true });
  try {
    // Ctrl-C ends the lines, as the end of the input does.
    for await (const line of reader) {
      if (line.trim() !== "") return line;
      output.write(`\n${question}`);
    }
  } finally {
    reader.close();
    output.write("\n");
  }
  const message = "no text was given, so nothing was contributed: run it again and type some, or leave --text out";
  throw new QuorateError<CeremonyErrorData>({ code: "text-missing" }, message);
}
