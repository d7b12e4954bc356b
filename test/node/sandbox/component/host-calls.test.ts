import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { endingOf } from "../../../../node/sandbox/component/host-calls.ts";
import { GuestFault } from "../../../../node/sandbox/guest/guest-fault.ts";
import { WasiExit } from "../../../../node/sandbox/wasi/wasi.ts";
import { webAssembly } from "../../../../node/sandbox/wasm/web-assembly.ts";

/** What a function throws, in the realm that it comes from. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

describe("what generated code throws", () => {
  it("ends the phase as it is if it is a trap, a fault or an exit", () => {
    const endings = [new webAssembly.RuntimeError("unreachable"), new GuestFault("trap", "x"), new WasiExit(1)];
    for (const error of endings) assert.equal(endingOf(error), error);
  });

  it("stays a fault of this machine, whatever realm it comes from", () => {
    const overflow = "(function deeper() { deeper(); })()";
    const exhausted = [
      thrownBy(() => runInNewContext(overflow)),
      thrownBy(() => new ArrayBuffer(Number.MAX_SAFE_INTEGER)),
    ];
    for (const error of exhausted) assert.equal(endingOf(error), error, String(error));
  });

  it("is the guest's trap otherwise", () => {
    const broken = [
      thrownBy(() => new DataView(new ArrayBuffer(1)).getUint32(0)),
      thrownBy(() => runInNewContext("undefined.x")),
      thrownBy(() => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff]))),
      undefined,
    ];
    for (const error of broken) {
      const ending = endingOf(error);
      assert.ok(ending instanceof GuestFault && ending.code === "trap", String(error));
    }
  });
});
