import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { StorageEntry } from "../../../core/ports/module-storage.ts";
import type { ModuleTerms } from "../../../core/ports/sandbox.ts";
import type { Reading } from "../../../core/ports/source.ts";
import type { FeedOutcome } from "../../observe/observe-feed.ts";
import { FUEL_RULES } from "../fetchers.ts";
import type { NamedReading, ObservedOnce } from "./capture.ts";
import type { ObserveOnceOptions } from "./observe-once.ts";

/** Names the format; another version has another name. */
const FORMAT = "quorate/observation/1";
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

const hex = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as `0x${string}`);
const bytes = z.base64().transform((text): Uint8Array => Buffer.from(text, "base64"));
const bigint = z
  .string()
  .regex(/^-?\d{1,40}$/)
  .transform((text) => BigInt(text));
const entries = z.array(z.strictObject({ key: z.string(), value: bytes.nullable() }));
const capability = z.enum(["log", "metrics", "storage"]);

const terms = z.strictObject({
  name: z.string(),
  limits: z.strictObject({
    moduleBytes: z.int(),
    memoryPages: z.int(),
    tableEntries: z.int(),
    fuelPerPhase: bigint,
    timeoutMs: z.int(),
    fileDescriptors: z.int(),
  }),
  host: z.array(capability),
  floats: z.enum(["canonical", "refused"]),
  folders: z.array(z.strictObject({ path: z.string(), files: z.array(z.strictObject({ path: z.string(), bytes })) })),
});

const recordSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Version of the fuel rules. */
  rules: z.int(),
  /** sha256 of the module. */
  module: hex,
  terms,
  feed: z.string(),
  decimals: z.int().min(0).max(18),
  params: z.record(z.string(), z.string()),
  /** Unix seconds. */
  time: z.int(),
  /** What was read, in the order of the requests: a status with the body, or the code of a failure. */
  readings: z.array(
    z.strictObject({
      source: z.string(),
      path: z.string(),
      outcome: z.union([z.strictObject({ status: z.int(), body: bytes }), z.strictObject({ error: z.string() })]),
    }),
  ),
  /** What each phase found under the keys that it read. */
  reads: z.strictObject({ requests: entries, observe: entries }),
  outcome: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("value"), value: bigint, fuel: bigint, inputs: hex }),
    z.strictObject({ kind: z.literal("absent"), code: z.string(), message: z.string(), fuel: bigint, inputs: hex }),
  ]),
});

/** One observation of one feed with all that determines it: enough to make it again, value and fuel, on any machine. */
export type ObservationRecord = z.output<typeof recordSchema>;

export interface RecordError {
  readonly code: "record-unreadable";
  readonly file: string;
}

export function recordOf(
  { feed, decimals, params, time, module }: ObserveOnceOptions,
  moduleTerms: ModuleTerms,
  { outcome, phases, readings }: ObservedOnce,
): ObservationRecord {
  return {
    ...{ format: FORMAT, rules: FUEL_RULES, module, feed, decimals, params, time, outcome: outcomeOf(outcome) },
    terms: { ...moduleTerms, host: [...moduleTerms.host], folders: moduleTerms.folders.map(copyOfFolder) },
    readings: readings.map(({ source, path, reading }) => ({ source, path, outcome: readingOutcome(reading) })),
    reads: {
      requests: (phases.requests?.effects?.reads ?? []).map(entryOf),
      observe: (phases.observe?.effects?.reads ?? []).map(entryOf),
    },
  };
}

/** Bytes become base64, large numbers decimal text. */
export function recordText(record: ObservationRecord): string {
  const plain = (value: unknown): unknown => {
    if (typeof value === "bigint") return value.toString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  };
  return `${JSON.stringify(plain(record), undefined, 2)}\n`;
}

export async function writeRecord(file: string, record: ObservationRecord): Promise<void> {
  await writeFile(file, recordText(record));
}

/** @throws QuorateError `record-unreadable` for a file that is missing or no record of this format. */
export async function readRecord(file: string): Promise<ObservationRecord> {
  try {
    const text = await readFile(file, "utf8");
    if (text.length > MAX_RECORD_BYTES) throw new Error(`it is larger than ${MAX_RECORD_BYTES} bytes`);
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    const [issue] = cause instanceof z.ZodError ? cause.issues : [];
    const reason = issue === undefined ? (cause as Error).message : `${issue.path.join(".")}: ${issue.message}`;
    throw new QuorateError<RecordError>(
      { code: "record-unreadable", file },
      `${file} is no record of an observation that this release reads (${reason}): take one that \`module run --record\` wrote`,
      { cause },
    );
  }
}

/** A recorded answer, as a source would have given it. */
export function readingOf(
  { source, path, outcome }: ObservationRecord["readings"][number],
  timestamp: number,
): NamedReading["reading"] {
  if ("error" in outcome) return { kind: "failed", code: outcome.error as FailureCode, message: "as recorded" };
  const point = { id: `${source} ${path}`, value: outcome.body, timestamp, unit: "" };
  return { kind: "point", point, status: outcome.status };
}

type FailureCode = Extract<Reading, { kind: "failed" }>["code"];

function readingOutcome(reading: Reading): ObservationRecord["readings"][number]["outcome"] {
  if (reading.kind === "failed") return { error: reading.code };
  return { status: reading.status, body: reading.point.value };
}

function entryOf({ key, value }: StorageEntry): { key: string; value: Uint8Array | null } {
  return { key, value: value ?? null };
}

function copyOfFolder({ path, files }: ModuleTerms["folders"][number]): ObservationRecord["terms"]["folders"][number] {
  return { path, files: files.map((file) => ({ ...file })) };
}

/** Failures of the sandbox carry more than is recorded. */
function outcomeOf(outcome: FeedOutcome): ObservationRecord["outcome"] {
  const { fuel, inputs } = outcome;
  if (outcome.kind === "value") return { kind: "value", value: outcome.value, fuel, inputs };
  return { kind: "absent", code: outcome.code, message: outcome.message, fuel, inputs };
}
