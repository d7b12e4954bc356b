import { extname } from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Source } from "../../core/ports/source.ts";
import { readFileBelow } from "./file-below.ts";
import { selectScalar } from "./file-selector.ts";
import { MAX_PATH_BYTES, pathFault, splitOnce } from "./guest-path.ts";
import { failed } from "./reading.ts";

/** A station's table of some years fits; a read holds it in memory once. */
const DEFAULT_MAX_FILE_BYTES = 4 * 1024 * 1024;

export interface FileSourceOptions {
  readonly id: string;
  readonly directory: string;
  /** Physical unit of selected scalars; `1` (no dimension) by default. */
  readonly unit?: string;
  readonly maxBytes?: number;
}

export interface FileSourceDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface FileSourceError {
  readonly code: "source-limit-invalid";
  readonly source: string;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".csv": "text/csv",
  ".txt": "text/plain",
};

/**
 * Documents and scalars from the files below one directory. A path is `/file`, for the whole document, or
 * `/file.csv#column=<name>&row=<0-based number|last>`, or `/file.json#<RFC 6901 pointer>`, for one scalar as text.
 * The file is opened for each reading, so another program may replace it at any time (by rename, to be atomic).
 * @throws QuorateError<FileSourceError> when `maxBytes` cannot be meant.
 */
export function createFileSource(options: FileSourceOptions, deps: FileSourceDeps): Source {
  const { id, directory, unit = "1", maxBytes = DEFAULT_MAX_FILE_BYTES } = options;
  if (!(maxBytes > 0)) {
    const data: FileSourceError = { code: "source-limit-invalid", source: id };
    throw new QuorateError(data, `source ${id}: maxBytes must be above 0`);
  }
  return {
    async read(path, { signal }) {
      const [pathname, fragment] = splitOnce(path, "#");
      const fault = path.length > MAX_PATH_BYTES ? `is longer than ${MAX_PATH_BYTES} bytes` : pathFault(pathname);
      if (fault !== undefined) return failed("invalid-path", `the path ${fault}`);
      const document = await readFileBelow({ directory, pathname, maxBytes, signal });
      if ("kind" in document) return document;
      const extension = extname(pathname).toLowerCase();
      const content =
        fragment === undefined
          ? { value: document, unit: MEDIA_TYPES[extension] ?? "application/octet-stream" }
          : await selectScalar({ document, extension, fragment, unit });
      if ("kind" in content) return content;
      return { kind: "point", point: { id: `${id} ${path}`, ...content, timestamp: deps.now() }, status: 200 };
    },
  };
}
