import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildCore, committedCore, compilerVersion, COMPILER_VERSION, PROGRAM_NAMES } from "./programs/build.ts";

const found = await compilerVersion();
const skip = found === COMPILER_VERSION ? false : `needs clang ${COMPILER_VERSION}, found ${found ?? "none"}`;

describe("the committed programs", () => {
  for (const name of PROGRAM_NAMES) {
    it(`${name} is what its source builds`, { skip }, async () => {
      assert.deepEqual(Buffer.from(await buildCore(name)), Buffer.from(await committedCore(name)));
    });
  }
});
