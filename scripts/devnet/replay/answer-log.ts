import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Fault } from "./faults.ts";

/** A round of four nodes and eight feeds writes about 35 KiB: half a day of rounds fits. */
const MAX_LOG_BYTES = 256 * 1024 * 1024;

/** One line of the log. A later line with the same `id` replaces the earlier one. */
export interface AnswerRecord {
  readonly id: string;
  /** Unix milliseconds at which the answer was complete. */
  readonly at: number;
  readonly requester: string;
  readonly exchange: string;
  readonly symbol: string;
  readonly tick: number;
  /** From the request's W3C `traceparent`: 32 hexadecimal digits. */
  readonly traceId: string | null;
  /** The last price as sent, or null when the answer carried none. */
  readonly price: string | null;
  readonly fault: Fault | null;
  /** 0 when nothing was sent. */
  readonly status: number;
  readonly latencyMs: number;
  /** The client went away before it had the whole answer, so it cannot have used it. */
  readonly aborted: boolean;
}

export interface AnswerLog {
  append(record: AnswerRecord): void;
  close(): void;
}

export interface AnswerLogError {
  readonly code: "replay-log-unwritable";
  readonly file: string;
}

/**
 * JSON lines, appended to what is there. Each line is written at once, without a buffer: a reader sees it as soon as
 * `append` returns, and nothing is lost with the process. At `maxBytes` the file takes the place of `<file>.1` and a new
 * one begins.
 * @throws QuorateError<AnswerLogError>
 */
export function openAnswerLog(file: string, maxBytes = MAX_LOG_BYTES): AnswerLog {
  let descriptor = open(file);
  let size = fstatSync(descriptor).size;
  return {
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      if (size + line.length > maxBytes) {
        closeSync(descriptor);
        renameSync(file, `${file}.1`);
        descriptor = open(file);
        size = 0;
      }
      writeSync(descriptor, line);
      size += line.length;
    },
    close: () => closeSync(descriptor),
  };
}

function open(file: string): number {
  try {
    return openSync(file, "a");
  } catch (cause) {
    throw new QuorateError<AnswerLogError>(
      { code: "replay-log-unwritable", file },
      `cannot write the replay log ${file}; give --log a path in an existing, writable folder`,
      { cause },
    );
  }
}
