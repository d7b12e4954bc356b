import type { Plugin } from "@extism/extism";
import type { Measurement } from "../result.ts";
import { summarise } from "../statistics.ts";
import { EXTISM_GUEST } from "./guests.ts";
import { LARGE, requirePrice, SMALL } from "./inputs.ts";
import { timedCalls } from "./timed-calls.ts";

interface Mode {
  readonly name: string;
  readonly runInWorker: boolean;
  readonly about: string;
}

const MODES: readonly Mode[] = [
  {
    name: "thread",
    runInWorker: false,
    about: "Extism in the caller's own thread, one instance for all calls, no fuel",
  },
  { name: "worker", runInWorker: true, about: "Extism in a worker thread, one instance for all calls, no fuel" },
];
const COLD_RUNS = 7;

/** The same guest under Extism's JavaScript SDK. It keeps one instance: ours gives each call a fresh one. */
export async function extismFigures(calls: number): Promise<Measurement[]> {
  const figures: Measurement[] = [];
  for (const mode of MODES) figures.push(...(await measured(mode, calls)));
  return figures;
}

async function measured(mode: Mode, calls: number): Promise<Measurement[]> {
  const cold: number[] = [];
  for (let run = 0; run < COLD_RUNS; run++) {
    const start = performance.now();
    const plugin = await createMode(mode);
    await callOnce(plugin, SMALL);
    cold.push(performance.now() - start);
    await plugin.close();
  }
  const plugin = await createMode(mode);
  const figure = { unit: "ms", digits: 4 };
  const prefix = `extism.${mode.name}`;
  const results = [
    summarise({ ...figure, name: `${prefix}.cold`, samples: cold, about: `${mode.about}: create and first call` }),
  ];
  for (const input of [SMALL, LARGE]) {
    const samples = await timedCalls(calls, () => callOnce(plugin, input));
    const about = `${mode.about}: one call, ${input.length} bytes in`;
    results.push(summarise({ ...figure, name: `${prefix}.call.${input.length}B`, samples, about }));
  }
  await plugin.close();
  return results;
}

/** Extism is loaded when it is measured: it makes Node print a warning. */
async function createMode({ runInWorker }: Mode): Promise<Plugin> {
  const { default: createPlugin } = await import("@extism/extism");
  return createPlugin({ wasm: [{ data: EXTISM_GUEST }] }, { useWasi: false, runInWorker });
}

async function callOnce(plugin: Plugin, input: Uint8Array): Promise<void> {
  const output = await plugin.call("observe", input);
  requirePrice(output?.text() ?? "nothing");
}
