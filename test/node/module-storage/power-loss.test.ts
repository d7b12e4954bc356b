import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ModuleStorage, StorageEntry } from "../../../core/ports/module-storage.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { openModuleStorage, type PersistentModuleStorage } from "../../../node/module-storage/module-storage.ts";
import { trials } from "../../support/depth.ts";
import { createRandom, type Random } from "../../support/random.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { SMALL_LAYOUT, SMALLEST_LAYOUT } from "./support/layouts.ts";
import { type Fault, SimulatedDisk } from "./support/simulated-disk.ts";

const MODULES: readonly Hex[] = [`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`];

interface Call {
  readonly module: Hex;
  readonly writes: readonly StorageEntry[];
}

/**
 * Calls that are made together. Values do not compress, so that the segments fill soon; some keys are never written again,
 * so that only compaction keeps them.
 */
function drawWave(
  random: Random,
  { wave, modules }: { readonly wave: number; readonly modules: number },
): readonly Call[] {
  const warm = () => ({
    key: `key ${random.integer(7)}`,
    value: random.integer(8) === 0 ? undefined : noise(random, random.integer(8_192)),
  });
  return Array.from({ length: 1 + random.integer(4) }, (_, call) => ({
    module: MODULES[random.integer(modules)]!,
    writes: [
      { key: `cold ${(wave % 30) * 4 + call}`, value: wave < 30 ? noise(random, 20) : undefined },
      ...Array.from({ length: 1 + random.integer(4) }, warm),
    ].slice(wave % 30 < 12 ? 0 : 1),
  }));
}

const NOISE = createRandom(3);
const NOISE_BYTES = Uint8Array.from({ length: 2 ** 16 }, () => NOISE.integer(256));

function noise(random: Random, length: number): Uint8Array {
  const start = random.integer(NOISE_BYTES.length - length);
  return NOISE_BYTES.slice(start, start + length);
}

type State = Readonly<Record<Hex, ReadonlyMap<string, Uint8Array>>>;

const stateOf = (storage: ModuleStorage): State =>
  Object.fromEntries(MODULES.map((module) => [module, new Map(storage.snapshot(module))]));

function after(state: State, { module, writes }: Call): State {
  const entries = new Map(state[module]);
  for (const { key, value } of writes) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return { ...state, [module]: entries };
}

const sameState = (left: State, right: State) => MODULES.every((module) => sameEntries(left[module]!, right[module]!));
const sameEntries = (left: ReadonlyMap<string, Uint8Array>, right: ReadonlyMap<string, Uint8Array>) =>
  left.size === right.size && [...left].every(([key, value]) => Buffer.compare(value, right.get(key) ?? NONE) === 0);
const NONE = Buffer.from("none");

async function open(
  disk: SimulatedDisk,
  { layout = SMALL_LAYOUT, meter = createRecordingMeter() } = {},
): Promise<PersistentModuleStorage> {
  const log = createRecordingLog();
  const storage = await openModuleStorage({ folder: "simulated", layout }, { log, meter, segmentFiles: disk });
  assert.deepEqual(
    log.lines.filter(({ level }) => level === "error"),
    [],
    "a crash was taken for damage",
  );
  return storage;
}

/** Makes the waves' calls until the power goes. @returns the states that may be found afterwards, the one that was acknowledged first. */
async function writeUntilPowerLoss(
  storage: ModuleStorage,
  disk: SimulatedDisk,
  waves: Iterable<readonly Call[]>,
): Promise<readonly State[]> {
  let acknowledged = stateOf(storage);
  for (const wave of waves) {
    const results = await Promise.allSettled(wave.map(({ module, writes }) => storage.apply(module, writes)));
    const possible = [acknowledged];
    for (const [index, result] of results.entries()) {
      const state = after(possible.at(-1)!, wave[index]!);
      possible.push(state);
      if (result.status === "fulfilled") possible.splice(0, possible.length - 1);
    }
    acknowledged = possible[0]!;
    if (disk.dead) return possible;
    assert.ok(
      results.every(({ status }) => status === "fulfilled"),
      "refused for no reason",
    );
    assert.ok(sameState(stateOf(storage), acknowledged));
  }
  return [acknowledged];
}

async function requireOneOf(
  disk: SimulatedDisk,
  possible: readonly State[],
  layout = SMALL_LAYOUT,
): Promise<PersistentModuleStorage> {
  const storage = await open(disk, { layout });
  const found = stateOf(storage);
  assert.ok(
    possible.some((state) => sameState(state, found)),
    "what was acknowledged is not what is found",
  );
  return storage;
}

function* waves(random: Random, count: number, modules = MODULES.length) {
  for (let wave = 0; wave < count; wave++) yield drawWave(random, { wave, modules });
}

const atOperation =
  (at: number, fault: Fault) =>
  (operation: number): Fault | undefined =>
    operation === at ? fault : undefined;

describe("power loss", () => {
  it("at each write and each synchronisation of a run with rotations and compactions loses nothing acknowledged", async () => {
    const WAVES = 75;
    const layout = SMALLEST_LAYOUT;
    const whole = new SimulatedDisk(createRandom(1));
    const meter = createRecordingMeter();
    const calls = [...waves(createRandom(2), WAVES, 1)];
    await writeUntilPowerLoss(await open(whole, { layout, meter }), whole, calls);
    const compactions = meter.total("wasm_storage_compactions_total");
    assert.ok(compactions >= 4, `${compactions} compactions in ${whole.operations} operations`);
    for (let at = 1; at <= whole.operations; at++) {
      const disk = new SimulatedDisk(createRandom(at));
      disk.restart(atOperation(at, "power-loss"));
      const possible = await writeUntilPowerLoss(await open(disk, { layout }), disk, calls);
      assert.ok(disk.dead);
      disk.restart();
      await requireOneOf(disk, possible, layout);
    }
  });

  it("again and again, at any moment, leaves a storage that goes on", async () => {
    let losses = 0;
    const lives = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lives, fc.nat(2 ** 31), async (operations, seed) => {
        const random = createRandom(seed);
        const disk = new SimulatedDisk(random);
        let possible: readonly State[] = [Object.fromEntries(MODULES.map((module) => [module, new Map()]))];
        for (const at of operations) {
          disk.restart(atOperation(at, "power-loss"));
          const storage = await requireOneOf(disk, possible);
          possible = await writeUntilPowerLoss(storage, disk, waves(random, 25));
          if (disk.dead) losses++;
        }
        disk.restart();
        await requireOneOf(disk, possible);
      }),
      { numRuns: trials({ slice: 25, full: 500 }) },
    );
    assert.ok(losses > 25, `${losses} losses`);
  });
});

describe("calls that wait together", () => {
  it("share one synchronisation", async () => {
    const disk = new SimulatedDisk(createRandom(1));
    const storage = await open(disk);
    const write = (index: number) => storage.apply(MODULES[index % 2]!, [{ key: `${index}`, value: Uint8Array.of(1) }]);
    await write(0);
    const before = disk.operations;
    await Promise.all(Array.from({ length: 100 }, (_, index) => write(1 + index)));
    // The first goes alone; all others arrive while it is written. Each writes and synchronises.
    assert.equal(disk.operations - before, 2 * 2);
  });
});

describe("bits that flip", () => {
  it("never become a value that was not stored, and what is lost otherwise than at the end is told", async () => {
    let [told, lostAtTheEnd] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31), fc.integer({ min: 1, max: 30 }), async (seed, flips) => {
        const random = createRandom(seed);
        const disk = new SimulatedDisk(random);
        const storage = await open(disk);
        const history: State[] = [stateOf(storage)];
        for (const wave of waves(random, 30)) {
          for (const { module, writes } of wave) {
            await storage.apply(module, writes);
            history.push(stateOf(storage));
          }
        }
        for (let flip = 0; flip < flips; flip++) {
          const file = disk.bytes(random.integer(SMALL_LAYOUT.slots));
          const at = random.integer(file.length);
          file[at]! ^= 1 << random.integer(8);
        }
        disk.restart();
        const log = createRecordingLog();
        const deps = { log, meter: createRecordingMeter(), segmentFiles: disk };
        const damaged = await openModuleStorage({ folder: "simulated", layout: SMALL_LAYOUT }, deps);
        const found = stateOf(damaged);
        for (const module of MODULES) {
          for (const [key, value] of found[module]!) {
            const once = history.some((state) => Buffer.compare(value, state[module]!.get(key) ?? NONE) === 0);
            assert.ok(once, "a value was never stored");
          }
        }
        const isTold = log.lines.some(({ level }) => level === "error");
        if (isTold) told++;
        const prefix = history.findLastIndex((state) => sameState(state, found));
        assert.ok(isTold || prefix !== -1, "something was lost, and nobody told");
        if (!isTold && prefix < history.length - 1) lostAtTheEnd++;
        await damaged.apply(MODULES[0]!, [{ key: "after", value: Uint8Array.of(1) }]);
        await damaged.close();
      }),
      { numRuns: trials({ slice: 40, full: 1_000 }) },
    );
    assert.ok(told > 10 && lostAtTheEnd < told, `${told} told, ${lostAtTheEnd} lost at the end`);
  });
});

describe("a failing disk", () => {
  it("rejects calls with a code, harms nothing stored, and is used again when it works", async () => {
    const failures = { "storage-disk-full": 0, "storage-write-failed": 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31), fc.double({ min: 0.05, max: 0.7, noNaN: true }), async (seed, rate) => {
        const random = createRandom(seed);
        const disk = new SimulatedDisk(random);
        const faults: Fault[] = ["write-error", "silent-write-error"];
        let failing = true;
        disk.restart(() => (failing && random.next() < rate ? faults[random.integer(2)] : undefined));
        const storage = await open(disk);
        let expected = stateOf(storage);
        for (const wave of waves(random, 60)) {
          const results = await Promise.allSettled(wave.map(({ module, writes }) => storage.apply(module, writes)));
          for (const [index, result] of results.entries()) {
            if (result.status === "fulfilled") expected = after(expected, wave[index]!);
            else failures[(result.reason as { code: keyof typeof failures }).code]++;
          }
          assert.ok(sameState(stateOf(storage), expected), "a rejected call was taken, or an accepted one was not");
        }
        failing = false;
        const last = { module: MODULES[0]!, writes: [{ key: "last", value: noise(random, 9) }] };
        await storage.apply(last.module, last.writes);
        disk.restart();
        await requireOneOf(disk, [after(expected, last)]);
      }),
      { numRuns: trials({ slice: 25, full: 500 }) },
    );
    assert.ok(failures["storage-disk-full"] > 100 && failures["storage-write-failed"] > 100, JSON.stringify(failures));
  });
});
