import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { traceColdStart, whyNotHere } from "../../../scripts/trace/cold-start.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { until } from "../../support/until.ts";

const CHILD = fileURLToPath(new URL("support/compiling-child.ts", import.meta.url));
const reason = whyNotHere();

describe("the cold start tracer", { skip: reason ?? false }, () => {
  const node = path.join(scratchFolder(), "node");
  const children: ChildProcess[] = [];
  const tracers: ChildProcess[] = [];
  after(() => {
    for (const child of [...tracers, ...children]) child.kill("SIGKILL");
  });
  // Probes stand in a binary, for all who run it: a copy is run by this test alone.
  before(() => copyFileSync(process.execPath, node));

  function startChild(): ChildProcess {
    const child = spawn(node, [CHILD], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    children.push(child);
    return child;
  }
  const work = async (child: ChildProcess): Promise<void> => {
    child.send("work");
    await new Promise((resolve) => child.once("message", resolve));
  };
  async function startTracer(options: { pid: number; limitMs?: number }) {
    const tracer = traceColdStart(options);
    tracers.push(tracer);
    const seen = { text: "" };
    tracer.stdout.setEncoding("utf8").on("data", (chunk: string) => (seen.text += chunk));
    await until("tracing", () => seen.text.includes(`tracing ${options.pid}\n`) || (tracer.exitCode ?? false));
    const lines = (stage: string) =>
      seen.text.split("\n").filter((line) => line.includes(stage === "" ? " thread " : `${stage} thread `));
    return {
      lines,
      async stop() {
        tracer.kill("SIGINT");
        await new Promise((resolve) => tracer.once("exit", resolve));
        return seen.text;
      },
    };
  }

  it("tells of every stage of one process, from outside, and of no other process", async () => {
    const [child, other] = [startChild(), startChild()];
    await Promise.all([work(child), work(other)]); // both are up
    const tracer = await startTracer({ pid: child.pid! });
    for (let round = 0; round < 2; round++) await Promise.all([work(child), work(other), work(other)]);
    // Both ways of instantiating come by the same place.
    const expected = { compile: 2, "compile-async": 2, instantiate: 4 };
    await until("every stage", () => tracer.lines("").length === 8 || tracer.lines("").length);
    const text = await tracer.stop();
    for (const [stage, count] of Object.entries(expected)) assert.equal(tracer.lines(stage).length, count, text);
    for (const line of tracer.lines("")) assert.match(line, /^(ALERT )?[a-z-]+ thread \d+: \d+ us$/);
    assert.doesNotMatch(text, /@/, "no maps are left over");
  });

  it("alerts past its limit", async () => {
    const child = startChild();
    await work(child);
    const tracer = await startTracer({ pid: child.pid!, limitMs: 0 });
    await work(child);
    await until("an alert", () => tracer.lines("ALERT compile").length > 0);
    await tracer.stop();
    const patient = await startTracer({ pid: child.pid!, limitMs: 60_000 });
    await work(child);
    await until("a line", () => patient.lines("compile").length > 0);
    assert.doesNotMatch(await patient.stop(), /ALERT/);
  });

  it("says so where there is no such process, or no such Node", () => {
    assert.throws(() => traceColdStart({ pid: 2 ** 22 + 1 }), /name a running one with --pid/);
    const sleeper = spawn("sleep", ["60"]);
    children.push(sleeper);
    assert.throws(() => traceColdStart({ pid: sleeper.pid! }), /has 0 functions .* does not fit this Node/);
  });
});

if (reason !== undefined) console.log(`cold start tracer not tested here: ${reason}`);
