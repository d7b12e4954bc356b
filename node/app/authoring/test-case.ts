import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Reading, SourceFailureCode } from "../../../core/ports/source.ts";
import { parseYaml } from "../../config/yaml-file.ts";

const name = z.string().min(1).max(64);
/** Text, or `{ base64: … }` for bytes that are none. */
const bytes = z.union([z.string(), z.strictObject({ base64: z.base64() })]);
const fuel = z.int().min(0);

/** As a node tells them to a fetcher. */
const READ_FAILURES = [
  ...(["timeout", "unreachable", "too-large", "redirect", "not-found", "invalid-path", "invalid-data"] as const),
  ...(["unknown-source", "busy", "other-statement", "early", "stale", "replayed", "equivocation"] as const),
  ...(["proof-invalid", "development-key"] as const),
] as const satisfies readonly SourceFailureCode[];

const response = z
  .strictObject({
    source: name,
    path: z.string().startsWith("/"),
    status: z.int().min(100).max(599).default(200),
    /** Relative to the case. */
    file: z.string().min(1).optional(),
    text: z.string().optional(),
    /** Code of a read that failed, in place of an answer. */
    error: z.enum(READ_FAILURES).optional(),
  })
  .refine(
    ({ file, text, error }) => [file, text, error].filter((given) => given !== undefined).length === 1,
    "expected one of file, text and error",
  );

const metric = z.strictObject({
  kind: z.enum(["counter", "gauge"]),
  name,
  label: z.string().default(""),
  value: z.number(),
});

const expected = z
  .strictObject({
    requests: z.array(z.string()).optional(),
    /** Decimal text; or the failure's code, the guest's own or the sandbox's. */
    value: z.string().optional(),
    failure: z.string().optional(),
    /** Of a failure. */
    message: z.string().optional(),
    /** Version of the fuel rules under which the fuel was seen. */
    rules: z.int().optional(),
    fuel: z.strictObject({ requests: fuel, observe: fuel.optional() }).optional(),
    /** Null for a key that was removed. */
    writes: z.record(z.string(), bytes.nullable()).optional(),
    metrics: z.array(metric).optional(),
    logs: z.array(z.string()).optional(),
  })
  .refine(
    ({ value, failure }) => value === undefined || failure === undefined,
    "expected a value or a failure, not both",
  );

const caseSchema = z.strictObject({
  feed: name,
  /** In place of the manifest's. */
  params: z.record(z.string(), z.string()).optional(),
  /** Unix seconds. */
  time: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  responses: z.array(response).default([]),
  /** What the module finds in its storage. */
  storage: z.record(z.string(), bytes).default({}),
  expect: expected.prefault({}),
});

export type TestCase = z.output<typeof caseSchema>;
export type Expectation = z.output<typeof expected>;

/** Bytes as a case writes them. */
export type CaseBytes = z.output<typeof bytes>;

/** A case and where it stands. */
export interface CaseFile {
  /** Absolute. */
  readonly file: string;
  /** Name of the file without `.yaml`. */
  readonly name: string;
  readonly text: string;
  readonly test: TestCase;
}

/** @throws QuorateError `config-invalid` that names each offending key. */
export async function readCase(file: string): Promise<CaseFile> {
  const text = await readFile(file, "utf8");
  return { file, name: path.basename(file, ".yaml"), text, test: parseYaml(text, { file, schema: caseSchema }) };
}

/** The recorded answer to a request; undefined where the case has none. */
export async function recordedReading(
  { file, test }: CaseFile,
  request: { readonly source: string; readonly path: string },
): Promise<Reading | undefined> {
  const found = test.responses.find(({ source, path: at }) => source === request.source && at === request.path);
  if (found === undefined) return undefined;
  if (found.error !== undefined) return { kind: "failed", code: found.error, message: "as recorded" };
  const value =
    found.file === undefined
      ? Buffer.from(found.text ?? "")
      : await readFile(path.resolve(path.dirname(file), found.file));
  const point = { id: `${request.source} ${request.path}`, value, timestamp: test.time * 1000, unit: "" };
  return { kind: "point", point, status: found.status };
}

export function bytesOf(given: CaseBytes): Uint8Array {
  return typeof given === "string" ? Buffer.from(given) : Buffer.from(given.base64, "base64");
}

/** Text where the bytes are one line of it, else base64. */
export function caseBytes(given: Uint8Array): CaseBytes {
  const text = Buffer.from(given).toString("utf8");
  const isPlain = Buffer.from(text).equals(given) && !/\p{Cc}/u.test(text);
  return isPlain ? text : { base64: Buffer.from(given).toString("base64") };
}
