import type { Sandbox } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { COPIES } from "../../../node/sandbox/process/sandbox-process.ts";
import type { Measurement } from "../result.ts";
import { summarise, tail } from "../statistics.ts";
import { LARGE, requirePrice, SMALL } from "./inputs.ts";
import { timedCalls } from "./timed-calls.ts";

export interface CallOptions {
  readonly sandbox: Sandbox;
  readonly module: Hex;
  readonly calls: number;
}

const CONCURRENCY = [1, 4, 16] as const;

/** Whole calls, one at a time: node → child process → worker thread → fresh instance, and back. */
export async function callFigures(options: CallOptions): Promise<Measurement[]> {
  const figures: Measurement[] = [];
  for (const input of [SMALL, LARGE]) {
    const samples = await timedCalls(options.calls, () => callOnce(options, input));
    const figure = { unit: "ms", digits: 3, samples };
    const name = `sandbox.call.whole.${input.length}B`;
    figures.push(
      summarise({
        ...figure,
        name,
        about: `node → child → worker → fresh instance and back, ${input.length} bytes in`,
      }),
      tail({ ...figure, name: `${name}.p99`, about: "the same, 99th percentile" }, 0.99),
      await copied(options, input),
    );
  }
  for (const concurrent of CONCURRENCY) figures.push(await throughput(options, concurrent));
  return figures;
}

/** Counted in the sources, not measured. */
async function copied(options: CallOptions, input: Uint8Array): Promise<Measurement> {
  const output = await callOnce(options, input);
  return {
    name: `sandbox.copied.${input.length}B`,
    value: COPIES.input * input.length + COPIES.output * output.length,
    unit: "B",
    about: `copied per call: its input ${COPIES.input} times, its output of ${output.length} bytes ${COPIES.output} times`,
  };
}

async function throughput(options: CallOptions, concurrent: number): Promise<Measurement> {
  let left = options.calls * 2;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await callOnce(options, SMALL);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrent }, lane));
  const seconds = (performance.now() - start) / 1000;
  return {
    name: `sandbox.throughput.c${concurrent}`,
    value: Math.round((options.calls * 2) / seconds),
    unit: "calls/s",
    about: `${concurrent} calls in flight, ${SMALL.length} bytes in, 2 workers`,
  };
}

async function callOnce({ sandbox, module }: CallOptions, input: Uint8Array): Promise<Uint8Array> {
  const result = await sandbox.call({ module, phase: "observe", input, feed: "BTC/USD", time: 1_800_000_000 });
  if (result.kind === "failed") throw new TypeError(`the guest failed: ${result.code}: ${result.message}`);
  requirePrice(new TextDecoder().decode(result.output));
  return result.output;
}
