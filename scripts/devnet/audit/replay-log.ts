import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { z } from "zod";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { linesOf } from "./lines.ts";

/** Entries kept of one read: ten thousand are 78 whole rounds of four nodes and eight feeds. */
const MAX_ENTRIES = 10_000;
/** Bytes of one read. The writer begins a new file at a quarter of it, so a larger one is no replay log. */
const MAX_BYTES = 1024 * 1024 * 1024;

const entrySchema = z.object({
  id: z.string(),
  at: z.int(),
  requester: z.string(),
  exchange: z.string(),
  symbol: z.string(),
  tick: z.int(),
  traceId: z.string().nullable(),
  price: z.string().nullable(),
  fault: z.string().nullable(),
  status: z.int(),
  latencyMs: z.number(),
  aborted: z.boolean(),
});

/** One answer of the replayed market, as its log tells it. The audit has its own reading of that format. */
export type ReplayEntry = Readonly<z.infer<typeof entrySchema>>;

export type ReplayLogError =
  | { readonly code: "replay-log-unreadable"; readonly file: string }
  | { readonly code: "replay-log-malformed"; readonly file: string; readonly offset: number }
  | { readonly code: "replay-log-too-large"; readonly file: string };

export interface ReplayLogOptions {
  /** The rounds that are looked for. */
  readonly traceIds: ReadonlySet<string>;
  /** Byte at which to begin: the `end` of an earlier read. A file that was begun anew meanwhile is read from 0. */
  readonly from?: number;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

export interface ReplayLogPart {
  readonly entries: readonly ReplayEntry[];
  /** Byte after the last whole line. */
  readonly end: number;
}

/**
 * Reads the entries of some rounds from a log that may still be growing, in bounded memory. A later line with the same
 * id replaces the earlier one: that is how the log takes an answer back. A last line without its end is left for later.
 * @throws QuorateError<ReplayLogError>
 */
export async function readReplayLog(file: string, options: ReplayLogOptions): Promise<ReplayLogPart> {
  const { traceIds, maxEntries = MAX_ENTRIES } = options;
  const entries = new Map<string, ReplayEntry>();
  let end = await beginning(file, options);
  for await (const line of linesOf(createReadStream(file, { start: end }))) {
    const entry = parseLine(line);
    if (entry === undefined) throw malformed(file, end);
    end += line.length + 1;
    if (entry.traceId === null || !traceIds.has(entry.traceId)) continue;
    entries.set(entry.id, entry);
    if (entries.size > maxEntries) throw tooLarge(file, `over ${maxEntries} entries; ask for fewer rounds at a time`);
  }
  return { entries: [...entries.values()], end };
}

async function beginning(file: string, { from = 0, maxBytes = MAX_BYTES }: ReplayLogOptions): Promise<number> {
  const size = await sizeOf(file);
  const start = from <= size ? from : 0;
  if (size - start > maxBytes) throw tooLarge(file, `${size - start} bytes to read; is this the replay's log?`);
  return start;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    throw new QuorateError<ReplayLogError>(
      { code: "replay-log-unreadable", file },
      `cannot read the replay log ${file}; give the path that the replay was started with`,
      { cause },
    );
  }
}

function parseLine(line: Buffer): ReplayEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(line.toString()));
  } catch {
    return undefined;
  }
}

function malformed(file: string, offset: number): QuorateError<ReplayLogError> {
  return new QuorateError(
    { code: "replay-log-malformed", file, offset },
    `${file}: the line at byte ${offset} is no entry of a replay log; give the replay's own, unedited log`,
  );
}

function tooLarge(file: string, reason: string): QuorateError<ReplayLogError> {
  return new QuorateError({ code: "replay-log-too-large", file }, `${file}: ${reason}`);
}
