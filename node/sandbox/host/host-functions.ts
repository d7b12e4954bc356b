import { isUtf8 } from "node:buffer";
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from "../../../core/ports/module-storage.ts";
import { LOG_LEVELS } from "../../../core/ports/sandbox.ts";
import type { GuestSession } from "../guest/session.ts";
import type { HostFunction } from "../wasm/web-assembly.ts";
import { MAX_LOG_BYTES } from "./effects.ts";

/** Bytes of a metric's name or label that are looked at; valid ones are shorter. */
const MAX_METRIC_TEXT_BYTES = 65;
/** What `storage_get` answers for a key without a value. */
const ABSENT = -1;

/** Pointer and length as the guest gives them: i32, meant unsigned. */
type Place = readonly [pointer: number, length: number];

/**
 * The functions of HOST_SIGNATURES for the instance of one session. Each charges by the lengths that it is given before it
 * does anything, so fuel depends on the arguments alone and never on what is stored. A place outside the memory ends the
 * phase as a trap; every other invalid argument is dropped and counted, or answered as the signature says.
 */
export function createHostFunctions(session: GuestSession): Record<string, HostFunction> {
  return { ...loggingFunctions(session), ...metricFunctions(session), ...storageFunctions(session) };
}

function loggingFunctions(session: GuestSession): Record<string, HostFunction> {
  return {
    log(level: number, pointer: number, length: number) {
      charge(session, length);
      const text = textAt(session, [pointer, length], MAX_LOG_BYTES);
      session.effects.log(LOG_LEVELS[level] ?? "info", text);
    },
  };
}

type NamePlaces = readonly [name: number, nameLength: number, label: number, labelLength: number];

function metricFunctions(session: GuestSession): Record<string, HostFunction> {
  const record = (kind: "counter" | "gauge", places: NamePlaces, value: number) => {
    const [name, nameLength, label, labelLength] = places;
    charge(session, nameLength, labelLength);
    session.effects.metric({
      kind,
      name: textAt(session, [name, nameLength], MAX_METRIC_TEXT_BYTES),
      label: textAt(session, [label, labelLength], MAX_METRIC_TEXT_BYTES),
      value,
    });
  };
  return {
    counter_add: (...[name, nameLength, label, labelLength, amount]: [...NamePlaces, bigint]) =>
      record("counter", [name, nameLength, label, labelLength], Number(amount)),
    gauge_set: (...[name, nameLength, label, labelLength, value]: [...NamePlaces, number]) =>
      record("gauge", [name, nameLength, label, labelLength], value),
  };
}

function storageFunctions(session: GuestSession): Record<string, HostFunction> {
  return {
    storage_get(...[keyPointer, keyLength, pointer, capacity]: [number, number, number, number]) {
      charge(session, keyLength, Math.min(capacity >>> 0, MAX_VALUE_BYTES));
      const key = keyAt(session, [keyPointer, keyLength]);
      const target = session.bytes(pointer, capacity);
      const value = key === undefined ? undefined : session.effects.read(key);
      if (value === undefined) return ABSENT;
      if (value.length <= target.length) target.set(value);
      return value.length;
    },
    storage_set(...[keyPointer, keyLength, pointer, length]: [number, number, number, number]) {
      charge(session, keyLength, length);
      const key = keyAt(session, [keyPointer, keyLength]);
      const value = session.bytes(pointer, length);
      if (key === undefined || value.length > MAX_VALUE_BYTES) return 0;
      return Number(session.effects.write(key, value.slice()));
    },
    storage_delete(keyPointer: number, keyLength: number) {
      charge(session, keyLength);
      const key = keyAt(session, [keyPointer, keyLength]);
      return Number(key !== undefined && session.effects.write(key, undefined));
    },
  };
}

/** Lengths are unsigned; their sum may pass 32 bits, which the price must not wrap around. */
function charge(session: GuestSession, ...lengths: readonly number[]): void {
  session.charge(
    Math.min(
      lengths.reduce((sum, length) => sum + (length >>> 0), 0),
      0xffff_ffff,
    ),
  );
}

/** The text's first bytes, and one character more where there are more, so that the reader sees that it is too long. */
function textAt(session: GuestSession, [pointer, length]: Place, maxBytes: number): string {
  const bytes = session.bytes(pointer, length).subarray(0, maxBytes + 4);
  return Buffer.from(bytes).toString("utf8");
}

function keyAt(session: GuestSession, [pointer, length]: Place): string | undefined {
  const bytes = session.bytes(pointer, length);
  if (bytes.length > MAX_KEY_BYTES || !isUtf8(bytes)) return undefined;
  return Buffer.from(bytes).toString("utf8");
}
