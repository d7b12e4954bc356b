import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_VALUE_BYTES, type StorageSnapshot } from "../../../../core/ports/module-storage.ts";
import { FUEL } from "../../../../node/sandbox/admission/rules.ts";
import { GuestFault } from "../../../../node/sandbox/guest/guest-fault.ts";
import { GuestSession, type PhaseRun } from "../../../../node/sandbox/guest/session.ts";
import { EffectsCollector } from "../../../../node/sandbox/host/effects.ts";
import { createHostFunctions } from "../../../../node/sandbox/host/host-functions.ts";
import { HOST_SIGNATURES } from "../../../../node/sandbox/host/signatures.ts";

const PAGE = 65_536;
const PLENTY = 1_000_000n;

/** A guest of one page whose calls the test makes. Texts are written at 0, 1000, 2000, … in the order of the arguments. */
function guest(storage: StorageSnapshot = []) {
  const session = new GuestSession();
  const memory = { buffer: new ArrayBuffer(PAGE) };
  const fuel = { value: PLENTY };
  session.attach({ memory, fuel });
  const effects = new EffectsCollector(storage);
  session.begin({ storage } as PhaseRun, effects);
  const functions = createHostFunctions(session) as unknown as Record<
    string,
    (...values: (number | bigint)[]) => unknown
  >;
  return {
    ...{ session, memory, fuel, effects },
    call: (name: string, ...values: (number | bigint | string | Uint8Array)[]) => {
      const flat = values.flatMap((value, index) => {
        if (typeof value === "number" || typeof value === "bigint") return [value];
        const bytes = Buffer.from(value);
        new Uint8Array(memory.buffer).set(bytes, index * 1000);
        return [index * 1000, bytes.length];
      });
      return functions[name]!(...flat);
    },
    text: (at: number, length: number) => Buffer.from(memory.buffer, at, length).toString(),
  };
}

const isFault = (code: string) => (error: unknown) => error instanceof GuestFault && error.code === code;

describe("host functions", () => {
  it("are those that have a signature", () => {
    const functions = createHostFunctions(new GuestSession());
    assert.deepEqual(Object.keys(functions), Object.keys(HOST_SIGNATURES));
  });

  it("log: level, text with unprintable characters and broken UTF-8 replaced", () => {
    const { call, effects } = guest();
    call("log", 0, "fine");
    call("log", 3, Uint8Array.of(0x61, 0x0a, 0xff));
    call("log", 4, "unknown level");
    call("log", -1, "");
    call("log", 1, "x".repeat(1_000));
    assert.deepEqual(effects.finish(true)!.logs, [
      { level: "debug", text: "fine" },
      { level: "error", text: "a\ufffd\ufffd" },
      { level: "info", text: "unknown level" },
      { level: "info", text: "" },
      { level: "info", text: `${"x".repeat(509)}…` },
    ]);
  });

  it("metrics: counters and gauges, invalid ones dropped", () => {
    const { call, effects } = guest();
    call("counter_add", "reads", "kraken", 2n);
    call("counter_add", "reads", "kraken", 3n);
    call("gauge_set", "spread", "", -0.5);
    for (const amount of [-1n, 2n ** 53n, -(2n ** 63n)]) call("counter_add", "reads", "", amount);
    call("gauge_set", "spread", "", NaN);
    call("gauge_set", "spread", "x".repeat(5_000), 1);
    call("gauge_set", Uint8Array.of(0xff), "", 1);
    const { metrics, metricsDropped } = effects.finish(true)!;
    assert.deepEqual(metrics, [
      { kind: "counter", name: "reads", label: "kraken", value: 5 },
      { kind: "gauge", name: "spread", label: "", value: -0.5 },
    ]);
    assert.equal(metricsDropped, 6);
  });

  it("storage: values are read and written by copy, into as much room as there is", () => {
    const { call, text, memory, effects } = guest([["last", Buffer.from("64321.5")]]);
    assert.equal(call("storage_get", "last", 5000, 100), 7);
    assert.equal(text(5000, 8), "64321.5\0");
    assert.equal(call("storage_get", "last", 6000, 6), 7);
    assert.equal(text(6000, 6), "\0".repeat(6));
    assert.equal(call("storage_get", "none", 5000, 100), -1);
    assert.equal(call("storage_set", "mine", "new"), 1);
    new Uint8Array(memory.buffer).fill(0);
    assert.equal(call("storage_get", "mine", 5000, 3), 3);
    assert.equal(text(5000, 3), "new");
    assert.deepEqual([call("storage_delete", "mine"), call("storage_delete", "mine")], [1, 0]);
    assert.deepEqual(effects.finish(true)!.writes, []);
  });

  it("storage: bad keys have no value, and cannot be written; nor can a value that is too large", () => {
    const { call, effects } = guest();
    for (const key of ["", "a\n", "x".repeat(65), Uint8Array.of(0xff)]) {
      assert.deepEqual(
        [call("storage_get", key, 5000, 9), call("storage_set", key, "v"), call("storage_delete", key)],
        [-1, 0, 0],
      );
    }
    assert.equal(call("storage_set", "k", new Uint8Array(MAX_VALUE_BYTES + 1)), 0);
    assert.equal(effects.finish(true), undefined);
  });

  it("keys that differ in a byte order mark are two", () => {
    const { call, text } = guest();
    assert.deepEqual([call("storage_set", "\ufeffa", "1"), call("storage_set", "a", "2")], [1, 1]);
    call("storage_get", "\ufeffa", 5000, 1);
    assert.equal(text(5000, 1), "1");
  });

  it("charge a flat price and the bytes, by their arguments alone", () => {
    const price = (name: string, ...values: (number | bigint | string)[]) => {
      const of = (storage: StorageSnapshot) => {
        const { call, fuel } = guest(storage);
        call(name, ...values);
        return PLENTY - fuel.value;
      };
      const [empty, filled] = [of([]), of([["key", new Uint8Array(8)]])];
      assert.equal(empty, filled);
      return empty;
    };
    const flat = BigInt(FUEL.hostCall);
    const of = (bytes: number) => BigInt(bytes >>> FUEL.hostBytesShift);
    assert.equal(price("log", 1, "12345678"), flat + of(8));
    assert.equal(price("counter_add", "reads", "label", 1n), flat + of(10));
    assert.equal(price("gauge_set", "reads", "", 1), flat + of(5));
    assert.equal(price("storage_get", "key", 5000, 40_000), flat + of(3 + MAX_VALUE_BYTES));
    assert.equal(price("storage_get", "key", 5000, 8), flat + of(11));
    assert.equal(price("storage_set", "key", "value"), flat + of(8));
    assert.equal(price("storage_delete", "key"), flat + of(3));
  });

  it("end a phase that has no fuel left before anything is done", () => {
    const { call, fuel, effects } = guest();
    fuel.value = BigInt(FUEL.hostCall);
    assert.throws(() => call("storage_set", "key", "value"), isFault("fuel-exhausted"));
    assert.equal(effects.finish(true), undefined);
  });

  it("trap on any place outside the memory", () => {
    const places: [number, number][] = [
      [PAGE, 1],
      [PAGE - 1, 2],
      [-1, 1],
      [0, PAGE + 1],
      [0, -1],
      [-8, 8],
    ];
    for (const [pointer, length] of places) {
      const calls: [string, ...(number | bigint)[]][] = [
        ["log", 1, pointer, length],
        ["counter_add", pointer, length, 0, 0, 1n],
        ["gauge_set", 0, 0, pointer, length, 1],
        ["storage_get", pointer, length, 0, 0],
        ["storage_get", 0, 1, pointer, length],
        ["storage_set", pointer, length, 0, 1],
        ["storage_set", 0, 1, pointer, length],
        ["storage_delete", pointer, length],
      ];
      for (const [name, ...values] of calls) {
        const { call, fuel } = guest([["\0", new Uint8Array(1)]]);
        fuel.value = 2n ** 40n;
        assert.throws(() => call(name, ...values), isFault("trap"), `${name} ${pointer} ${length}`);
      }
    }
  });

  it("charge lengths whose sum passes 32 bits in full", () => {
    const { call } = guest();
    assert.throws(() => call("storage_set", 0, -1, 0, -1), isFault("fuel-exhausted"));
  });
});
