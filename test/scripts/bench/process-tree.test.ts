import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { descendantsOf, useOf } from "../../../scripts/bench/rounds/process-tree.ts";

const linux = process.platform === "linux" ? {} : { skip: "there is no /proc" };

/** A process that starts another one and tells its id. */
const PARENT = `
  const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
  process.on("SIGTERM", () => { child.kill("SIGKILL"); process.exit(); });
  process.stdout.write(String(child.pid) + "\\n");
`;

async function family(): Promise<{ parent: ChildProcess; child: number }> {
  const parent = spawn(process.execPath, ["-e", PARENT], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  return { parent, child: Number(line) };
}

describe("the process tree", linux, () => {
  it("is found below a process, and its use is added up", async () => {
    const { parent, child } = await family();
    try {
      assert.deepEqual(await descendantsOf(parent.pid!), [child]);
      assert.ok((await descendantsOf(process.pid)).includes(child));
      const [one, both] = [await useOf([child]), await useOf([child, parent.pid!])];
      assert.ok(one !== undefined && both !== undefined);
      assert.ok(one.residentBytes > 1_000_000 && both.residentBytes > one.residentBytes);
      assert.ok(both.cpuSeconds > 0);
    } finally {
      parent.kill();
      await once(parent, "exit");
    }
  });

  it("is empty for a process that is gone", async () => {
    const { parent } = await family();
    parent.kill();
    await once(parent, "exit");
    assert.deepEqual(await descendantsOf(parent.pid!), []);
    assert.deepEqual(await useOf([parent.pid!]), { cpuSeconds: 0, residentBytes: 0 });
  });
});
