import { parse } from "csv-parse";
import { Readable } from "node:stream";

/** Bytes handed to the parser at a time, so that a large file does not hold the event loop. */
const SLICE_BYTES = 64 * 1024;
/** Longest row, in bytes. Tables of numbers stay far below it. */
const MAX_ROW_BYTES = 64 * 1024;

export interface CsvSelector {
  readonly column: string;
  /** Rows after the header, from 0. */
  readonly row: number | "last";
}

export type CsvSelection =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent"; readonly what: "column" | "row" | "cell" }
  | { readonly kind: "malformed" };

/** One cell of a CSV document with a header row. An empty cell counts as absent. */
export async function selectCsv(document: Uint8Array, selector: CsvSelector): Promise<CsvSelection> {
  const rows = Readable.from(slices(document), { objectMode: false }).pipe(
    parse({ bom: true, skip_empty_lines: true, max_record_size: MAX_ROW_BYTES }),
  );
  try {
    return await findCell(rows as AsyncIterable<string[]>, selector);
  } catch {
    return { kind: "malformed" };
  }
}

async function findCell(rows: AsyncIterable<string[]>, { column, row }: CsvSelector): Promise<CsvSelection> {
  let at: number | undefined;
  let found: string[] | undefined;
  let index = 0;
  for await (const record of rows) {
    if (at === undefined) {
      at = record.indexOf(column);
      if (at < 0) return { kind: "absent", what: "column" };
      continue;
    }
    if (row === "last" || index === row) found = record;
    if (index === row) break;
    index += 1;
  }
  if (at === undefined) return { kind: "absent", what: "column" };
  if (found === undefined) return { kind: "absent", what: "row" };
  const text = found[at] ?? "";
  return text === "" ? { kind: "absent", what: "cell" } : { kind: "text", text };
}

function* slices(document: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < document.length; start += SLICE_BYTES) {
    yield document.subarray(start, start + SLICE_BYTES);
  }
}
