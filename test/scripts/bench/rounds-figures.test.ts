import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { figuresOf } from "../../../scripts/bench/rounds/figures.ts";
import type { NodeUse } from "../../../scripts/bench/rounds/node-use.ts";
import {
  type Setting,
  SETTINGS,
  timingOf,
  type Variant,
  wantedSettings,
} from "../../../scripts/bench/rounds/settings.ts";

const variant: Variant = { name: "rounds.n4.delay50", delayMs: 50, rounds: 2, fullRounds: 2, detailed: true };
const setting: Setting = { nodes: 4, sources: "recorded", deltaRound: 750, variants: [variant] };

function use(times: number): NodeUse {
  const counters = { finals: 2 * times, framesOut: 20 * times, bytesOut: 2_000 * times, cpuSeconds: 0.1 * times };
  return { ...counters, residentBytes: 3 * 2 ** 20, sandbox: undefined };
}

const measured = {
  ...{ setting, variant, lost: 1 },
  samples: [
    { sequence: 1n, times: { observed: 10, final: 40 }, age: 70 },
    { sequence: 2n, times: { observed: 20, final: 60 }, age: 80 },
    { sequence: 3n, times: { observed: 30, final: 500 } },
  ],
  uses: [1, 2].map(() => ({ before: use(1), after: use(2) })),
};

function valueOf(name: string, variantOf = variant): number | undefined {
  return figuresOf({ ...measured, variant: variantOf }).find((figure) => figure.name === `${variant.name}.${name}`)
    ?.value;
}

describe("the figures of rounds", () => {
  it("are latency, traffic and use of one node, per round", () => {
    assert.equal(valueOf("latency.p50"), 60);
    assert.equal(valueOf("latency.p99"), 500);
    assert.equal(valueOf("age.p50"), 75, "of the rounds whose age is known");
    assert.equal(valueOf("lost"), 1);
    assert.equal(valueOf("stage.observed"), 20);
    assert.equal(valueOf("frames"), 20, "of both nodes together");
    assert.equal(valueOf("bytes"), 2_000);
    assert.equal(valueOf("cpu.node"), 50);
    assert.equal(valueOf("memory.node"), 3);
  });

  it("leave out what the system does not tell, and what a brief variant does not want", () => {
    assert.equal(valueOf("cpu.sandbox"), undefined);
    const brief = { ...variant, detailed: false };
    assert.equal(valueOf("stage.observed", brief), undefined);
    assert.equal(valueOf("memory.node", brief), undefined);
    assert.equal(valueOf("latency.p50", brief), 60);
  });

  it("say what was waited for", () => {
    const about = figuresOf(measured)[0]?.about ?? "";
    for (const words of ["3 of 4 nodes", "4 sources per feed", "time-out of 500 ms", "20 ms grace", "50 ms one-way"])
      assert.ok(about.includes(words), words);
  });
});

describe("the settings of rounds", () => {
  const variants = SETTINGS.flatMap((one) => one.variants);

  it("have the names that documents refer to, each once", () => {
    const names = variants.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of ["n4", "n4.calm", "n7", "n16", "n31", "n4.delay50", "n4.delay150", "n7.delay50", "n7.delay150"])
      assert.ok(names.includes(`rounds.${name}`), name);
  });

  it("are chosen by how the names of their figures begin", () => {
    const chosen = (only: string) =>
      wantedSettings(SETTINGS, only).flatMap((one) => one.variants.map(({ name }) => name.slice("rounds.".length)));
    assert.equal(chosen("").length, variants.length);
    assert.deepEqual(chosen("rounds.n7.delay"), ["n7.delay50", "n7.delay150"]);
    assert.deepEqual(chosen("rounds.n4.calm"), ["n4.calm"]);
    assert.deepEqual(chosen("rounds.n4.calm.latency"), ["n4.calm"]);
    assert.deepEqual(chosen("rounds.n4.latency.p50"), ["n4"]);
    assert.deepEqual(chosen("rounds.n5"), []);
  });

  it("leave a round as long as its messages take, five one after the other", () => {
    for (const { deltaRound, variants: own } of SETTINGS)
      for (const { delayMs = 0 } of own) assert.ok(deltaRound > 5 * delayMs + 400, `${deltaRound} ms`);
  });

  it("keep the development defaults' proportions and grace", () => {
    assert.deepEqual(timingOf(1_000), {
      ...{ deltaRound: 1_000, deltaGrace: 20, deltaProgress: 3_000, deltaResend: 1_000, deltaStage: 1_200 },
      ...{ rMax: 100, window: 10 },
    });
  });
});
