import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { webAssembly } from "../../../../node/sandbox/wasm/web-assembly.ts";
import { committedProgram } from "./programs/build.ts";
import { createComponent, observe, textOf } from "./support/components.ts";

/** A module with a memory of one page. */
const PAGE = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1]);
/** For each memory the engine reserves 8 GiB of addresses, of which a process has 128 TiB. */
const MORE_THAN_THERE_IS_ROOM_FOR = 20_000;
/** Memories that earlier instances left behind are given back some time after a collection. */
const SWEEPING_MS = 50;
/** So many sweeps that gave nothing back were the last. */
const QUIET_ROUNDS = 3;
const NO_ROOM = /Out of memory: Cannot allocate Wasm memory/;

/** Does something while no other memory can be made. */
async function withoutRoom<T>(work: () => T): Promise<T> {
  const module = new webAssembly.Module(PAGE);
  const kept: object[] = [];
  const fill = () => {
    while (kept.length < MORE_THAN_THERE_IS_ROOM_FOR) kept.push(new webAssembly.Instance(module, {}));
  };
  for (let quiet = 0; quiet < QUIET_ROUNDS;) {
    const before = kept.length;
    assert.throws(fill, NO_ROOM);
    collectGarbage();
    await setTimeout(SWEEPING_MS);
    quiet = kept.length > before ? 0 : quiet + 1;
  }
  try {
    return work();
  } finally {
    kept.length = 0;
    collectGarbage();
  }
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

describe("a machine without room for another memory", () => {
  it("fails a phase that links the component, as its own fault, until there is room", async () => {
    const program = await createComponent(await committedProgram("adapted"));
    const [guest, before] = [program.instantiate(), textOf(observe(program, "hello"))];
    const result = await withoutRoom(() => observe({ ...program, instantiate: () => guest }, "hello"));
    assert.ok(result.kind === "failed" && result.code === "host-fault", textOf(result));
    assert.match(result.message, NO_ROOM);
    assert.equal(textOf(observe(program, "hello")), before);
  });

  it("makes no instance in advance, and learns nothing about the component from that", async () => {
    for (const name of ["adapted", "phases"] as const) {
      const program = await createComponent(await committedProgram(name));
      await withoutRoom(() =>
        assert.throws(() => program.instantiate(), { code: "host-fault", message: NO_ROOM }, name),
      );
      assert.equal(observe(program, "hello").kind, "output", name);
    }
  });
});
