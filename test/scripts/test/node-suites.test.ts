import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Tally } from "../../../scripts/test/tally.ts";
import { plantTree } from "../../support/plant-tree.ts";

const RUNNER = fileURLToPath(new URL("../../support/run-node-suites.ts", import.meta.url));
const IMPORT = 'import { describe, it } from "node:test";\n';

/** Runs one planted test file in a process of its own: node:test does not run inside node:test. */
async function tallyOf(
  source: string,
  limits = { silenceMs: 60_000, graceMs: 10_000 },
): Promise<Tally & { printed: string }> {
  const { root } = plantTree({ "planted.test.ts": source });
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  const args = [RUNNER, JSON.stringify(limits), path.join(root, "planted.test.ts")];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const [json, printed] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { ...(JSON.parse(json) as Tally), printed };
}

describe("runNodeSuites", () => {
  it("counts tests, not suites", async () => {
    const { passed, failed, printed } = await tallyOf(
      `${IMPORT}describe("s", () => { it("a", () => {}); it("b", () => { throw new Error("planted"); }); });\nit("c", () => {}); it("d", () => { throw new Error("another"); });\n`,
    );
    assert.deepEqual([passed, failed], [2, 2]);
    assert.match(printed, /planted/);
  });

  it("tells what was skipped, and why", async () => {
    const { passed, skipped } = await tallyOf(
      `${IMPORT}it("a", () => {}); it("b", { skip: "no GPU" }, () => {}); it.skip("c", () => {}); it.todo("d");\n`,
    );
    assert.equal(passed, 1);
    assert.deepEqual(skipped, [
      { name: "planted.test.ts: b", reason: "no GPU" },
      { name: "planted.test.ts: c", reason: "skip" },
      { name: "planted.test.ts: d", reason: "todo" },
    ]);
  });

  it("counts a file without tests as a failure", async () => {
    const { passed, failed, faults } = await tallyOf("console.log(1);\n");
    assert.deepEqual([passed, failed, faults], [0, 1, ["planted.test.ts has no tests"]]);
  });

  for (const [how, source] of Object.entries({
    "dies at once": "process.exit(3);\n",
    "does not compile": "const = 1;\n",
    "is killed amid a test": `${IMPORT}it("a", () => process.kill(process.pid, "SIGKILL"));\n`,
    "throws after its tests": `${IMPORT}it("a", () => { setTimeout(() => { throw new Error("late"); }, 50); });\n`,
  })) {
    it(`counts a file that ${how} as a failure`, async () => {
      assert.ok((await tallyOf(source)).failed > 0);
    });
  }

  it("stops a file in an endless loop", async () => {
    const { failed, faults } = await tallyOf(`${IMPORT}it("a", () => { for (;;); });\n`, {
      silenceMs: 2000,
      graceMs: 10_000,
    });
    assert.ok(failed > 0);
    assert.match(faults.join(), /said anything for 2 s/);
  });

  it("ends a file that leaves something running, and says what", async () => {
    const source = `${IMPORT}import { createServer } from "node:net";\nit("a", () => { createServer().listen(0, "127.0.0.1"); });\n`;
    const { passed, failed, printed } = await tallyOf(source, { silenceMs: 60_000, graceMs: 500 });
    assert.deepEqual([passed, failed], [1, 1]);
    assert.match(printed, /Still alive .* because of: .*TCPServerWrap/);
  });
});
