import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { meterCore } from "../../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../../node/sandbox/admission/refusal.ts";
import { createComponentProgram } from "../../../../node/sandbox/component/component-program.ts";
import { generateGlue, type Generated } from "../../../../node/sandbox/component/generator.ts";
import { transpileComponent } from "../../../../node/sandbox/component/transpile.ts";
import { compileProgram, type Program } from "../../../../node/sandbox/guest/program.ts";
import { createProgress, trials } from "../../../support/depth.ts";
import { committedProgram } from "./programs/build.ts";
import { fetcherText, assembleComponent, observe } from "./support/components.ts";

/** Both committed components, and a minimal one, of whose bytes most are structure. */
const ORIGINALS = [
  await committedProgram("phases"),
  await committedProgram("command"),
  await assembleComponent(fetcherText()),
];
const COUNT = trials({ slice: 1_500, full: 30_000 });
/** Enough to get anywhere, too little to wait for. */
const FUEL = 2_000_000n;

/** A generator of numbers below a bound, the same each time (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function mutate(original: Uint8Array, random: (below: number) => number): Uint8Array {
  const mutant = Uint8Array.from(original);
  const at = () => random(mutant.length);
  switch (random(5)) {
    case 0:
      return mutant.subarray(0, at());
    case 1:
      mutant[at()] = random(256);
      return mutant;
    case 2: {
      const [from, to, length] = [at(), at(), random(16)];
      mutant.copyWithin(to, from, from + length);
      return mutant;
    }
    default: {
      const place = at();
      mutant[place] = (mutant[place] ?? 0) ^ (1 << random(8));
      return mutant;
    }
  }
}

/** The whole of admission, with the generator in this thread. */
async function admit(bytes: Uint8Array, generate: (component: Uint8Array) => Promise<Generated>): Promise<Program> {
  const { glue, cores } = await transpileComponent(bytes, { generate });
  const metered = Object.entries(cores).map(
    ([path, core]) => [path, meterCore(core, { meter: "shared" }).instrumented] as const,
  );
  const compiled = compileProgram({ shape: "component", glue, cores: Object.fromEntries(metered) });
  assert.ok(compiled.shape === "component");
  return createComponentProgram(compiled, { folders: [], fileDescriptors: 16 });
}

describe("a component that is cut off or changed", () => {
  it(`is refused or does no harm (${COUNT} mutants)`, async (context) => {
    const counts = { refused: 0, generated: 0, uninstantiable: 0, outputs: 0, failures: 0 };
    const random = createRandom(20_26);
    const progress = createProgress("mutants of components", COUNT);
    const generate = async (component: Uint8Array) => {
      counts.generated++;
      return generateGlue(component);
    };
    for (let trial = 0; trial < COUNT; trial++) {
      const bytes = mutate(ORIGINALS[trial % ORIGINALS.length] ?? new Uint8Array(), random);
      let program: Program;
      try {
        program = await admit(bytes, generate);
      } catch (error) {
        assert.ok(isModuleRefusal(error), `mutant ${trial}: ${String(error)}`);
        counts.refused++;
        continue;
      }
      // A start function may trap, segments may lie outside: admission then refuses.
      let result;
      try {
        result = observe(program, "{", { fuel: FUEL });
      } catch {
        counts.uninstantiable++;
        continue;
      }
      assert.ok(result.fuel <= FUEL);
      assert.ok(result.kind === "output" || result.code !== "host-fault", `mutant ${trial}`);
      assert.deepEqual(observe(program, "{", { fuel: FUEL }), result, `mutant ${trial}`);
      counts[result.kind === "output" ? "outputs" : "failures"]++;
      progress(trial);
    }
    assert.equal((globalThis as { pwned?: unknown }).pwned, undefined);
    assert.ok(
      (await generateGlue(ORIGINALS[0] ?? new Uint8Array())).kind === "generated",
      "the generator is still sound",
    );
    context.diagnostic(JSON.stringify(counts));
    for (const [name, count] of Object.entries(counts)) if (name !== "uninstantiable") assert.ok(count > 0, name);
  });
});
