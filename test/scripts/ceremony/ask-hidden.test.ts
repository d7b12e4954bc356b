import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { askHidden } from "../../../scripts/ceremony/ask-hidden.ts";
import { withCode } from "../../support/error-code.ts";

const QUESTION = "type: ";
const CTRL_C = "\x03";
const CTRL_D = "\x04";

/** Types into a terminal, or into a pipe. @returns the answer, and what was shown. */
async function ask(typed: string, { isTTY }: { isTTY: boolean }): Promise<{ answer: string; shown: string }> {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  const asking = askHidden(QUESTION, { input, output });
  if (isTTY) input.write(typed);
  else input.end(typed);
  const answer = await asking;
  return { answer, shown: String(output.read()) };
}

describe("askHidden", () => {
  for (const isTTY of [true, false]) {
    const where = isTTY ? "a terminal" : "a pipe";

    it(`reads a line of ${where}, and shows none of it`, async () => {
      const { answer, shown } = await ask("a secret\nand more\n", { isTTY });
      assert.deepEqual([answer, shown], ["a secret", `${QUESTION}\n`]);
    });

    it(`asks again after an empty line of ${where}`, async () => {
      const { answer, shown } = await ask("\n  \na secret\n", { isTTY });
      assert.equal(answer, "a secret");
      assert.equal(shown.split(QUESTION).length, 4);
    });
  }

  const refusals: Record<string, readonly [typed: string, isTTY: boolean]> = {
    "Ctrl-C": [CTRL_C, true],
    "Ctrl-C amid a line": [`half a sec${CTRL_C}`, true],
    "Ctrl-C after an empty line": [`\n${CTRL_C}`, true],
    "Ctrl-D": [CTRL_D, true],
    "an empty pipe": ["", false],
    "a pipe of empty lines": ["\n\n", false],
  };
  for (const [name, [typed, isTTY]] of Object.entries(refusals)) {
    it(`takes ${name} for no text: text-missing`, async () => {
      await assert.rejects(ask(typed, { isTTY }), withCode("text-missing"));
    });
  }
});
