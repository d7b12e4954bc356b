import { selectCsv, type CsvSelection, type CsvSelector } from "./csv-cell.ts";
import { selectJson, type JsonSelection } from "./json-pointer.ts";
import { failed, type FailedReading } from "./reading.ts";

export interface ScalarRequest {
  readonly document: Uint8Array;
  /** Lower case, with the dot. */
  readonly extension: string;
  /** Still percent-encoded. */
  readonly fragment: string;
  /** Physical unit of the scalar. */
  readonly unit: string;
}

export interface Scalar {
  readonly value: Uint8Array;
  readonly unit: string;
}

type Selection = JsonSelection | CsvSelection | FailedReading;

/** The one scalar of a CSV or JSON document that a fragment selects, as its exact text. */
export async function selectScalar({ unit, ...request }: ScalarRequest): Promise<Scalar | FailedReading> {
  const selection = await select(request);
  return selection.kind === "text" ? { value: Buffer.from(selection.text, "utf8"), unit } : failure(selection);
}

async function select({ document, extension, fragment }: Omit<ScalarRequest, "unit">): Promise<Selection> {
  switch (extension) {
    case ".json":
      return selectFromJson(document, fragment);
    case ".csv": {
      const selector = csvSelector(fragment);
      return selector === undefined
        ? failed("invalid-path", "write the selector as #column=<name>&row=<0-based number|last>")
        : selectCsv(document, selector);
    }
    default:
      return failed("invalid-path", "only .csv and .json files can be selected from; ask for the whole document");
  }
}

function selectFromJson(document: Uint8Array, fragment: string): Selection {
  const pointer = attempt(() => decodeURIComponent(fragment));
  if (pointer === undefined) return failed("invalid-path", "the pointer is not percent-encoded UTF-8");
  const text = attempt(() => new TextDecoder("utf-8", { fatal: true }).decode(document));
  return text === undefined ? { kind: "malformed" } : selectJson(text, pointer);
}

function csvSelector(fragment: string): CsvSelector | undefined {
  const fields = new URLSearchParams(fragment);
  const column = fields.get("column");
  const row = fields.get("row") ?? "";
  if (column === null || fields.size !== 2) return undefined;
  if (row === "last") return { column, row };
  // At most 7 digits: a file of 4 MiB has fewer rows.
  return /^\d{1,7}$/.test(row) ? { column, row: Number(row) } : undefined;
}

function failure(selection: Exclude<Selection, { kind: "text" }>): FailedReading {
  switch (selection.kind) {
    case "failed":
      return selection;
    case "absent":
      return failed("not-found", `the selected ${selection.what} does not exist or is empty`);
    case "no-scalar":
      return failed("invalid-data", "the pointer names an object or array; point at a scalar inside it");
    case "malformed":
      return failed("invalid-data", "the file or the selector is malformed; check both");
  }
}

function attempt(decode: () => string): string | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
