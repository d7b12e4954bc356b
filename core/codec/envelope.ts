import { QuorateError } from "../errors/quorate-error.ts";
import { answerText } from "./answer-text.ts";
import { encodeUtf8, decodeUtf8 } from "./utf8.ts";

/**
 * The envelopes of ABI `fetcher/1`: text lines, and bodies with their length before them, so that a guest in any language
 * reads and writes them by hand. What the host writes is checked here; what a guest wrote is hostile and judged here.
 */

/** A fetcher that asks more sources than this is better split. */
export const MAX_REQUESTS = 32;
export const MAX_PARAMS = 64;
/** Bytes of a parameter's value: a path or a list of symbols. */
const MAX_PARAM_BYTES = 1_024;
/** Bytes of a request's path. */
export const MAX_PATH_BYTES = 512;
/** Bytes of a failure's message; it goes to logs. */
export const MAX_MESSAGE_BYTES = 256;
/** Bytes of a whole input; the sandbox takes no more. */
export const MAX_ENVELOPE_BYTES = 1024 * 1024;

/** What both phases are told. Equal on every node of a round. */
export interface EnvelopeHead {
  /** 1–32 visible ASCII characters. */
  readonly feed: string;
  /** Unix seconds, fixed per round: the guest's only clock. */
  readonly time: number;
  /** Keys `[a-z0-9._-]{1,64}`, values one line of at most MAX_PARAM_BYTES. Written in the order of their keys. */
  readonly params: Readonly<Record<string, string>>;
}

export interface SourceRequest {
  readonly method: "GET";
  readonly sourceId: string;
  readonly path: string;
}

/** What became of one request: an HTTP-like status with the body, or the code of a failure. */
export type SourceResponse =
  | { readonly kind: "answer"; readonly sourceId: string; readonly status: number; readonly body: Uint8Array }
  | { readonly kind: "failed"; readonly sourceId: string; readonly code: string };

export type RequestsOutput =
  | { readonly kind: "requests"; readonly requests: readonly SourceRequest[] }
  | { readonly kind: "invalid"; readonly message: string };

export type ObserveOutput =
  | { readonly kind: "value"; readonly decimal: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "invalid"; readonly message: string };

export interface EnvelopeErrorData {
  readonly code: "envelope-invalid";
  readonly field: string;
}

const FEED = /^[\x21-\x7e]{1,32}$/;
const PARAM_KEY = /^[a-z0-9._-]{1,64}$/;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const SOURCE_ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
const FAILURE_CODE = /^[a-z0-9-]{1,32}$/;
const REQUEST_LINE = /^GET ([a-z0-9][a-z0-9-]{0,31}) (\/[\x21-\x7e]*)$/;
const VALUE_LINE = /^value (.*)\n$/s;
const FAIL_LINE = /^fail ([a-z0-9-]{1,32}) (.*)\n$/s;
const MAX_TIME = 2 ** 32 - 1;
/** Method, source id and separators take less than 64 bytes. */
const MAX_REQUESTS_BYTES = MAX_REQUESTS * (MAX_PATH_BYTES + 64);

/**
 * How a guest writes a number: optional sign, digits, up to 18 digits of fraction. Thirty-two digits before the point
 * are more than an int96 has.
 */
export const DECIMAL = /^([+-]?)(\d{1,32})(?:\.(\d{1,18}))?$/;

/** Input of `requests`. @throws QuorateError<EnvelopeErrorData> if the head cannot be written. */
export function encodeRequestsInput(head: EnvelopeHead): Uint8Array {
  return encodeUtf8(headText("requests", head));
}

/**
 * Input of `observe`: the head, then one response per request, in order. Where the whole would pass MAX_ENVELOPE_BYTES the
 * largest bodies are replaced by `error:too-large`, so that one bloated source cannot silence the others.
 * @throws QuorateError<EnvelopeErrorData> if the head or a response cannot be written.
 */
export function encodeObserveInput(head: EnvelopeHead, responses: readonly SourceResponse[]): Uint8Array {
  if (responses.length > MAX_REQUESTS) throw invalid("responses", `there are more than ${MAX_REQUESTS} of them`);
  const start = encodeUtf8(headText("observe", head));
  return concatBytes([start, ...fitting(responses, MAX_ENVELOPE_BYTES - start.length)]);
}

/** What `requests` answered. Never throws: a guest may answer anything. No lines at all mean no requests. */
export function decodeRequestsOutput(output: Uint8Array): RequestsOutput {
  const lines = output.length > MAX_REQUESTS_BYTES ? undefined : decodeUtf8(output)?.split("\n");
  if (lines?.pop() !== "") {
    const rule = `requests must be lines \`GET <source> <path>\`, ${MAX_REQUESTS_BYTES} bytes at most`;
    return { kind: "invalid", message: `${rule}; it answered ${answerText(output)}` };
  }
  if (lines.length > MAX_REQUESTS)
    return { kind: "invalid", message: `more than ${MAX_REQUESTS} requests; it answered ${lines.length}` };
  const requests: SourceRequest[] = [];
  for (const [index, line] of lines.entries()) {
    const [, sourceId, path] = REQUEST_LINE.exec(line) ?? [];
    if (sourceId === undefined || path === undefined || path.length > MAX_PATH_BYTES) {
      const rule = `request ${index} is no line \`GET <source> <path>\``;
      return { kind: "invalid", message: `${rule}; it answered ${answerText(encodeUtf8(`${line}\n`))}` };
    }
    requests.push({ method: "GET", sourceId, path });
  }
  return { kind: "requests", requests };
}

/** What `observe` answered. Never throws. */
export function decodeObserveOutput(output: Uint8Array): ObserveOutput {
  const text = output.length > MAX_MESSAGE_BYTES + 64 ? "" : (decodeUtf8(output) ?? "");
  const decimal = VALUE_LINE.exec(text)?.[1];
  if (decimal !== undefined) return DECIMAL.test(decimal) ? { kind: "value", decimal } : invalidAnswer(output);
  const [, code, message] = FAIL_LINE.exec(text) ?? [];
  if (code === undefined || message === undefined || CONTROL.test(message)) return invalidAnswer(output);
  return encodeUtf8(message).length <= MAX_MESSAGE_BYTES ? { kind: "failed", code, message } : invalidAnswer(output);
}

function invalidAnswer(output: Uint8Array): ObserveOutput {
  const rule = "observe must answer one line `value <decimal>` or `fail <code> <message>`";
  return { kind: "invalid", message: `${rule}; it answered ${answerText(output)}` };
}

function headText(phase: "requests" | "observe", { feed, time, params }: EnvelopeHead): string {
  if (!FEED.test(feed)) throw invalid("feed", "it must be 1 to 32 visible ASCII characters");
  if (!Number.isInteger(time) || time < 0 || time > MAX_TIME) throw invalid("time", "it must be whole unix seconds");
  const keys = Object.keys(params).sort();
  if (keys.length > MAX_PARAMS) throw invalid("params", `there are more than ${MAX_PARAMS} of them`);
  const lines = keys.map((key) => `param ${key} ${checkedParam(key, params[key] ?? "")}\n`);
  return `fetcher/1 ${phase}\nfeed ${feed}\ntime ${time}\n${lines.join("")}\n`;
}

function checkedParam(key: string, value: string): string {
  if (!PARAM_KEY.test(key)) throw invalid(`params.${key}`, "a key consists of a-z, 0-9, dot, dash and underscore");
  if (CONTROL.test(value) || !value.isWellFormed() || encodeUtf8(value).length > MAX_PARAM_BYTES) {
    throw invalid(`params.${key}`, `a value is one line of at most ${MAX_PARAM_BYTES} bytes`);
  }
  return value;
}

function fitting(responses: readonly SourceResponse[], room: number): Uint8Array[] {
  const blocks = responses.map(responseBytes);
  const tooLarge = () => blocks.reduce((sum, { length }) => sum + length, 0) > room;
  while (tooLarge()) {
    const largest = blocks.reduce(
      (best, { length }, index) => (length > (blocks[best]?.length ?? 0) ? index : best),
      0,
    );
    const sourceId = responses[largest]?.sourceId ?? "";
    blocks[largest] = responseBytes({ kind: "failed", sourceId, code: "too-large" }, largest);
  }
  return blocks;
}

function responseBytes(response: SourceResponse, index: number): Uint8Array {
  const { sourceId } = response;
  if (!SOURCE_ID.test(sourceId)) throw invalid(`responses.${index}.sourceId`, "it consists of a-z, 0-9 and dashes");
  const body = response.kind === "answer" ? response.body : new Uint8Array();
  const line = `response ${index} ${sourceId} ${outcome(response, index)} ${body.length}\n`;
  return concatBytes([encodeUtf8(line), body, encodeUtf8("\n")]);
}

function outcome(response: SourceResponse, index: number): string {
  if (response.kind === "answer") {
    const { status } = response;
    if (!Number.isInteger(status) || status < 100 || status > 599)
      throw invalid(`responses.${index}.status`, "100 to 599");
    return String(status);
  }
  if (!FAILURE_CODE.test(response.code)) throw invalid(`responses.${index}.code`, "it consists of a-z, 0-9 and dashes");
  return `error:${response.code}`;
}

function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function invalid(field: string, reason: string): QuorateError<EnvelopeErrorData> {
  return new QuorateError<EnvelopeErrorData>(
    { code: "envelope-invalid", field },
    `${field} cannot be given to a fetcher: ${reason}`,
  );
}
