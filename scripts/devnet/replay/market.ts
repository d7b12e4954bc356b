import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { parsePrice } from "./price.ts";
import { RECORDINGS, type Recording } from "./recordings.ts";

export interface MarketError {
  readonly code: "recording-invalid";
  readonly symbol: string;
  readonly file: string;
}

/** A recorded series that can be played tick by tick, forever. */
export interface Series {
  readonly symbol: string;
  /** Rows of the recording, in integers of 10⁻⁸; at least 2. */
  readonly rows: readonly bigint[];
  readonly ticksPerRow: number;
}

/**
 * Loads every recorded series, by symbol.
 * @throws QuorateError<MarketError> when the data package is missing or holds something else than expected.
 */
export async function loadMarket(): Promise<ReadonlyMap<string, Series>> {
  const market = new Map<string, Series>();
  for (const recording of RECORDINGS) market.set(recording.symbol, await loadSeries(recording));
  return market;
}

/**
 * The recorded price at a tick (from 0). Played forwards, then backwards, and so on: starting over would put a jump
 * into the market that it never made. Between two rows the price moves in equal steps, rounded toward the earlier row.
 */
export function priceAt({ rows, ticksPerRow }: Series, tick: number): bigint {
  const last = (rows.length - 1) * ticksPerRow;
  const turn = tick % (2 * last);
  const position = turn <= last ? turn : 2 * last - turn;
  const row = Math.floor(position / ticksPerRow);
  const from = rowAt(rows, row);
  const to = rowAt(rows, Math.min(row + 1, rows.length - 1));
  return from + ((to - from) * BigInt(position % ticksPerRow)) / BigInt(ticksPerRow);
}

function rowAt(rows: readonly bigint[], index: number): bigint {
  const price = rows[index];
  if (price === undefined) throw new RangeError(`row ${index} of ${rows.length}`);
  return price;
}

async function loadSeries(recording: Recording): Promise<Series> {
  const { symbol, symbolColumn, column, ticksPerRow } = recording;
  const records = await readRecords(recording);
  const rows: bigint[] = [];
  for (const record of records) {
    if (symbolColumn !== undefined && record[symbolColumn] !== symbol) continue;
    const price = parsePrice(record[column] ?? "");
    if (price === undefined) throw invalid(recording, `column ${column} holds no decimal in row ${rows.length}`);
    rows.push(price);
  }
  if (rows.length < 2) throw invalid(recording, "it has fewer than 2 rows");
  return { symbol, rows, ticksPerRow };
}

async function readRecords(recording: Recording): Promise<Record<string, string>[]> {
  try {
    // The package exports only its entry, which lies one folder beside the data.
    const file = new URL(`../data/${recording.file}`, import.meta.resolve("vega-datasets"));
    return parse(await readFile(file), { columns: true, skip_empty_lines: true });
  } catch (cause) {
    throw invalid(recording, "it cannot be read", cause);
  }
}

function invalid({ symbol, file }: Recording, reason: string, cause?: unknown): QuorateError<MarketError> {
  return new QuorateError(
    { code: "recording-invalid", symbol, file },
    `recorded series ${symbol} in ${file}: ${reason}; run npm ci to restore vega-datasets`,
    { cause },
  );
}
