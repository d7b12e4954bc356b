import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FUEL } from "../../../../node/sandbox/admission/rules.ts";
import { openedFolders } from "../../../../node/sandbox/component/wasi2/files.ts";
import { ComponentState, ResultError } from "../../../../node/sandbox/component/wasi2/state.ts";
import { COMPONENT } from "../../../../node/sandbox/component/costs.ts";
import { GuestSession } from "../../../../node/sandbox/guest/session.ts";
import { WASI_PRICES } from "../../../../node/sandbox/wasi/limits.ts";

const FOLDERS = [{ path: "/files", files: [{ path: "a", bytes: new Uint8Array(3) }] }];

/** What a look-up answers, and the fuel that it takes. */
function lookUp(path: string): { readonly answer: unknown; readonly spent: bigint } {
  const session = new GuestSession();
  const fuel = { value: 1_000_000_000n };
  session.attach({ memory: { buffer: new ArrayBuffer(0) }, fuel });
  const [folder] = openedFolders(new ComponentState(session, { folders: FOLDERS, fileDescriptors: 16 }));
  const before = fuel.value;
  let answer: unknown;
  try {
    answer = folder?.[0].statAt({}, path).size;
  } catch (error) {
    answer = error instanceof ResultError ? error.payload : error;
  }
  return { answer, spent: before - fuel.value };
}

describe("looking a path up", () => {
  const price = (length: number) => BigInt(FUEL.hostCall + ((length * WASI_PRICES.pathByte) >>> FUEL.hostBytesShift));

  it("costs by its length", () => {
    assert.deepEqual(lookUp("a"), { answer: 3n, spent: price(1) });
    const longest = `${"./".repeat(COMPONENT.pathBytes / 2 - 1)}.a`.slice(0, COMPONENT.pathBytes);
    assert.equal(longest.length, COMPONENT.pathBytes);
    assert.deepEqual(lookUp(longest), { answer: "no-entry", spent: price(COMPONENT.pathBytes) });
  });

  it("of a length that no path has is refused before it is priced", () => {
    // The last two, times the price of a byte, are 2³² and a little more.
    for (const length of [COMPONENT.pathBytes + 1, 2 ** 32 / WASI_PRICES.pathByte, 2 ** 25 + 1]) {
      assert.deepEqual(lookUp("a".repeat(length)), { answer: "name-too-long", spent: 0n });
    }
  });
});
