import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, id, keccak256 } from "ethers";
import { inputsDigest, type StorageRead } from "../../../core/codec/inputs-digest.ts";
import { traceparentOf } from "../../../core/codec/trace-id.ts";
import type { GuestResult, Sandbox } from "../../../core/ports/sandbox.ts";
import type { SpanRecord, Tracer } from "../../../core/ports/tracer.ts";
import type { Reading, ReadOptions } from "../../../core/ports/source.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FeedBinding } from "../../../node/observe/observe-feed.ts";
import { createObserver } from "../../../node/observe/observer.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const CONFIG = id("configuration") as Hex;
const NOTHING: Hex = `0x${"00".repeat(32)}`;
const bytes = (text: string) => new TextEncoder().encode(text);
const output = (text: string, fuel = 10n): GuestResult => ({ kind: "output", output: bytes(text), fuel });

/** What the two phases of a guest answer, and what its source reads. */
interface Script {
  readonly requests?: GuestResult | Error;
  readonly observe?: GuestResult | Error;
  readonly reading?: Reading;
}

const GOOD = {
  requests: output("GET exchange /ticker\nGET exchange /other\n"),
  observe: output("value 12.5\n", 32n),
  reading: {
    kind: "point",
    status: 200,
    point: { id: "exchange /ticker", value: bytes("{}"), timestamp: 1, unit: "" },
  },
} as const satisfies Required<Script>;

/** A sandbox and sources that play scripts: one per lane, told apart by the module's name. */
function play(scripts: readonly Script[], { lanes = scripts.length, clock = createManualClock() } = {}) {
  const inputs: { lane: number; phase: string; text: string }[] = [];
  const reads: { lane: number; path: string; options: ReadOptions }[] = [];
  const sandbox: Pick<Sandbox, "call"> = {
    async call({ module, phase, input }) {
      const lane = Number(module);
      inputs.push({ lane, phase, text: new TextDecoder().decode(input) });
      await clock.sleep(0);
      const answer = scripts[lane]?.[phase] ?? GOOD[phase];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const feeds = scripts.map((script, lane): FeedBinding => ({
    ...{ lane, feed: id(`feed ${lane}`) as Hex, name: `FEED/${lane}`, decimals: 2, params: { symbol: "x" } },
    module: `0x${lane}`,
    sources: {
      read(_, path, options) {
        reads.push({ lane, path, options });
        return Promise.resolve(script.reading ?? GOOD.reading);
      },
    },
  }));
  const [log, meter] = [createRecordingLog(), createRecordingMeter()];
  const spans: SpanRecord[] = [];
  const tracer: Tracer = { samples: () => true, record: (span) => spans.push(span), stop: () => Promise.resolve() };
  const deps = { sandbox, clock, log, meter, tracer };
  const observer = createObserver({ feeds, lanes, configDigest: CONFIG, member: 2 }, deps);
  const observe = async (signal = new AbortController().signal) => {
    const observing = observer.observe(77n, signal);
    await clock.advance(1_500);
    return observing;
  };
  return { observe, inputs, reads, spans, log, meter };
}

describe("observer", () => {
  it("asks, reads what was asked, and observes: one value per feed, with all fuel and the digest of what the guests saw", async () => {
    const { observe, inputs, reads } = play([{}, { observe: output("value -0.5\n", 5n) }], { lanes: 4 });
    const observation = await observe();
    assert.deepEqual(observation.feeds, { mask: 0b11, values: [1_250n, -50n, 0n, 0n] });
    assert.equal(observation.sequence, 77n);
    assert.equal(observation.fuel, 10n + 32n + 10n + 5n);
    assert.equal(reads.length, 4);
    const seen = inputs.filter(({ phase }) => phase === "observe").sort((a, b) => a.lane - b.lane);
    const digests = seen.map(({ text }) => keccak256(bytes(text)));
    assert.equal(observation.inputsDigest, keccak256(concat(digests)));
    for (const { text } of inputs)
      assert.match(text, /\ntime 1700000000\nparam symbol x\n/, "one time for all of a round");
  });

  it("counts what a guest read from its storage among the inputs", async () => {
    const effects = { logs: [], logsDropped: 0, metrics: [], metricsDropped: 0, writes: [] };
    const reading = (reads: readonly StorageRead[]): GuestResult => ({
      ...GOOD.observe,
      effects: { ...effects, reads },
    });
    const read = { key: "last", value: bytes("12.4") };
    const { observe, inputs } = play([{ observe: reading([read]) }]);
    const { inputsDigest: digest } = await observe();
    const envelope = bytes(inputs.at(-1)?.text ?? "");
    assert.equal(digest, keccak256(inputsDigest({ envelope, reads: [[], [read]] })));
    assert.notEqual(digest, keccak256(inputsDigest({ envelope, reads: [[], []] })));
  });

  it("carries the round's trace to the sources", async () => {
    const { observe, reads } = play([{}]);
    await observe();
    const trace = reads[0]?.options.traceparent?.split("-")[1] ?? "";
    assert.deepEqual(
      reads.map(({ options }) => options.traceparent),
      [0, 1].map((index) => traceparentOf(trace, { feed: id("feed 0") as Hex, index, member: 2 })),
    );
  });

  it("records one span per round, in the trace that the sources are told", async () => {
    const { observe, reads, spans } = play([{}, { observe: failed("trap") }]);
    await observe();
    const [{ startMs, endMs, ...span }, ...others] = spans as [SpanRecord];
    assert.deepEqual(others, []);
    assert.deepEqual(span, {
      ...{ name: "round.observe", traceId: reads[0]?.options.traceparent?.split("-")[1] },
      attributes: { sequence: "77", member: 2, feeds: 2, observed: 1 },
    });
    assert.ok(startMs <= endMs);
  });

  it("gives the guest the code of a reading that failed, and lets it decide", async () => {
    const { observe, inputs } = play([{ reading: { kind: "failed", code: "timeout", message: "late" } }]);
    assert.equal((await observe()).feeds.mask, 1);
    assert.match(inputs.at(-1)?.text ?? "", /response 0 exchange error:timeout 0\n/);
  });

  const failed = (code: "fuel-exhausted" | "trap"): GuestResult => ({ kind: "failed", code, message: "why", fuel: 3n });
  const absent: Readonly<Record<string, readonly [Script, code: string, inputs: boolean]>> = {
    "a failing first phase": [{ requests: failed("fuel-exhausted") }, "fuel-exhausted", false],
    "requests that are none": [{ requests: output("POST exchange /x\n") }, "requests-invalid", false],
    "bytes that are no text": [
      { requests: { kind: "output", output: Uint8Array.of(0xff), fuel: 1n } },
      "requests-invalid",
      false,
    ],
    "a failing second phase": [{ observe: failed("trap") }, "trap", true],
    "a guest that gives up": [{ observe: output("fail too-few only one answered\n") }, "guest-failed", true],
    "an answer that is none": [{ observe: output("12.5\n") }, "output-invalid", true],
    "a value beyond an int96": [
      { observe: output("value 99999999999999999999999999999999\n") },
      "value-out-of-range",
      true,
    ],
    "a sandbox that breaks": [{ requests: new Error("pipe closed") }, "host-fault", false],
    "a sandbox that breaks later": [{ observe: new Error("pipe closed") }, "host-fault", false],
    "a reading that no envelope holds": [{ reading: { ...GOOD.reading, status: 7 } }, "host-fault", false],
  };
  for (const [name, [script, code, hasInputs]] of Object.entries(absent)) {
    it(`leaves a feed out for ${name}, and the round goes on`, async () => {
      const { observe, log, meter } = play([{}, script, {}]);
      const observation = await observe();
      assert.deepEqual(observation.feeds, { mask: 0b101, values: [1_250n, 0n, 1_250n] });
      const [line, ...more] = log.lines;
      assert.equal(more.length, 0);
      assert.deepEqual([line?.level, line?.fields.feed, line?.fields.code], ["warn", "FEED/1", code]);
      assert.equal(meter.total("feed_observations_total", { feed: "FEED/1", result: code }), 1);
      assert.equal(meter.total("feed_observations_total", { result: "value" }), 2);
      const alone = await play([script]).observe();
      assert.equal(alone.inputsDigest === keccak256(NOTHING), !hasInputs);
    });
  }

  it("resolves with nothing observed where every feed failed", async () => {
    const { observe } = play([{ requests: failed("trap") }, { observe: failed("trap") }]);
    const observation = await observe();
    assert.deepEqual(observation.feeds, { mask: 0, values: [0n, 0n] });
    assert.equal(observation.fuel, 3n + 10n + 3n);
  });

  it("blames no feed for a round that was given up", async () => {
    const { observe, log } = play([{ requests: failed("trap") }]);
    await observe(AbortSignal.abort());
    assert.deepEqual(log.lines, []);
  });
});
