import path from "node:path";
import { z } from "zod";
import { aggregateTerms } from "./aggregate-terms.ts";
import { parseYaml, readConfigBytes } from "./yaml-file.ts";

const sourceId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "expected a source id of a-z, 0-9 and -, up to 32 characters");
export const digest = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "expected a sha256: 0x and 64 lower-case hexadecimal digits")
  .transform((value) => value as `0x${string}`);
/** Feed names become bytes32 short strings. */
export const feedName = z
  .string()
  .regex(/^[\x21-\x7e]{1,31}$/, "expected 1 to 31 printable ASCII characters without spaces");
/** As the envelope writes it. */
const parameterKey = z.string().regex(/^[a-z0-9._-]{1,64}$/, "expected up to 64 of a-z, 0-9, dot, dash and underscore");
const parameter = z.string().regex(/^[\x20-\x7e]{0,128}$/, "expected up to 128 printable ASCII characters");

const httpSource = z.strictObject({
  id: sourceId,
  kind: z.literal("http"),
  url: z.url({ protocol: /^https?$/ }),
  timeoutMs: z.int().min(1).max(10_000).default(500),
  allowInsecure: z.boolean().default(false),
});

const fileSource = z.strictObject({
  id: sourceId,
  kind: z.literal("file"),
  /** Relative to the manifest. */
  directory: z.string().min(1),
  unit: z.string().max(32).optional(),
});

/** A device whose aggregates count with a proof only. */
const aggregateSource = z.strictObject({
  ...httpSource.shape,
  kind: z.literal("local-aggregate"),
  /** snarkjs' file, relative to the manifest. */
  verificationKey: z.string().min(1),
  /** Of the key that the file holds, not of the file. */
  keyDigest: digest,
  /** k of the circuit. */
  samples: z
    .int()
    .min(1)
    .max(2 ** 20),
  /** Epochs after whose end an aggregate is no news any more. */
  maxAgeEpochs: z.int().min(1).max(1_000).default(2),
  terms: aggregateTerms,
});

/** Open in every guest before anything else. */
const STANDARD_STREAMS = 3;

/** As the guest sees it: absolute, of plain parts, none of them `.` or `..`. */
const folderPath = z
  .string()
  .max(128)
  .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/, "expected an absolute path such as /data");

const folder = z.strictObject({
  path: folderPath,
  /** Relative to the manifest. */
  directory: z.string().min(1),
  /** Of the sorted list of its files, each `<sha256> <path>` and a line feed. */
  sha256: digest,
});

const manifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "expected a version such as 1.0.0"),
  abi: z.literal("fetcher/1"),
  module: z.string().min(1),
  sha256: digest,
  limits: z
    .strictObject({
      /** Go's runtime alone has over 1 MiB. */
      moduleBytes: z
        .int()
        .min(1)
        .max(4 * 1024 * 1024)
        .default(128 * 1024),
      memoryPages: z.int().min(1).max(2_048).default(64),
      tableEntries: z.int().min(1).max(10_000).default(10_000),
      fuelPerPhase: z.int().min(1_000).max(180_000_000).default(20_000_000),
      timeoutMs: z.int().min(1).max(10_000).default(2_000),
      /** Stdin, stdout, stderr and the folders among them. */
      fileDescriptors: z.int().min(STANDARD_STREAMS).max(16).default(16),
    })
    .superRefine(requireFuelFirst)
    .prefault({}),
  /** Host functions that the module asks for, besides WASI. */
  host: z
    .array(z.enum(["log", "metrics", "storage"]))
    .refine(isSet, "names a capability twice")
    .default([]),
  floats: z.enum(["canonical", "refused"]).default("canonical"),
  /** Read-only folders that a WASI module finds opened. */
  folders: z
    .array(folder)
    .max(16 - STANDARD_STREAMS)
    .refine((folders) => isSet(folders.map(({ path: at }) => at)), "opens one path twice")
    .default([]),
  sources: z.array(z.discriminatedUnion("kind", [httpSource, fileSource, aggregateSource])).max(32),
  feeds: z
    .array(
      z.strictObject({
        name: feedName,
        decimals: z.int().min(0).max(18),
        params: z.record(parameterKey, parameter).default({}),
      }),
    )
    .min(1)
    .max(256),
});

export type Manifest = z.output<typeof manifestSchema>;
export type SourceDeclaration = Manifest["sources"][number];
export type FeedDeclaration = Manifest["feeds"][number];

/** Reads a fetcher's manifest. The paths in it become absolute. */
export async function readManifest(file: string): Promise<Manifest> {
  return parseManifest(await readManifestBytes(file), file);
}

/** The exact bytes, as they are signed. */
export async function readManifestBytes(file: string): Promise<Uint8Array> {
  return readConfigBytes(file, { ifMissing: "correct the path of the manifest (`modules` in the configuration)" });
}

/** As `readManifest`, of bytes that were read from `file`. */
export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  const manifest = parseYaml(Buffer.from(bytes).toString("utf8"), { file, schema: manifestSchema });
  const resolve = (relative: string) => path.resolve(path.dirname(file), relative);
  return {
    ...manifest,
    module: resolve(manifest.module),
    sources: manifest.sources.map((source) => {
      if (source.kind === "file") return { ...source, directory: resolve(source.directory) };
      return source.kind === "http" ? source : { ...source, verificationKey: resolve(source.verificationKey) };
    }),
    folders: manifest.folders.map((folder) => ({ ...folder, directory: resolve(folder.directory) })),
  };
}

interface TimedLimits {
  readonly fuelPerPhase: number;
  readonly memoryPages: number;
  readonly timeoutMs: number;
}

/**
 * Fuel has to be the first limit: a phase that one node ends by its clock and another by its fuel has two results. One unit
 * takes about a nanosecond, and 20 where every load misses the caches; a page takes up to 20 µs when it is first touched.
 */
const SLOWEST_UNIT_MS = 50e-6;
const SLOWEST_PAGE_MS = 0.05;

function requireFuelFirst({ fuelPerPhase, memoryPages, timeoutMs }: TimedLimits, context: z.RefinementCtx): void {
  const least = Math.ceil(fuelPerPhase * SLOWEST_UNIT_MS + memoryPages * SLOWEST_PAGE_MS);
  if (timeoutMs >= least) return;
  const message = `so much fuel and memory may take ${least} ms on a slow machine: raise timeoutMs to it, or lower fuelPerPhase`;
  context.addIssue({ code: "custom", path: ["timeoutMs"], message });
}

function isSet(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
