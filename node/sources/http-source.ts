import type { Reading, ReadOptions, Source } from "../../core/ports/source.ts";
import { startDeadline } from "./deadline.ts";
import { pathFault } from "./guest-path.ts";
import { checkHttpOptions, type HttpEndpoint, type HttpSourceOptions } from "./http-endpoint.ts";
import { failed } from "./reading.ts";

export interface HttpSourceDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * Documents over HTTP GET. A status of 400 and above is still a point, as its body may tell the guest why;
 * redirects, time-outs, network errors and bodies above the bound are failed readings.
 * @throws QuorateError<HttpSourceError> when the options cannot be meant.
 */
export function createHttpSource(options: HttpSourceOptions, deps: HttpSourceDeps): Source {
  const endpoint = checkHttpOptions(options);
  return {
    async read(path, readOptions) {
      const fault = pathFault(path);
      if (fault !== undefined) return failed("invalid-path", `the path ${fault}`);
      const deadline = startDeadline(endpoint.timeoutMs, readOptions.signal);
      try {
        const response = await request(endpoint, path, { ...readOptions, signal: deadline.signal });
        return await toReading(response, { endpoint, path, now: deps.now });
      } catch (error) {
        return deadline.signal.aborted ? timedOut(endpoint, readOptions) : failedTransfer(error);
      } finally {
        deadline.clear();
      }
    },
  };
}

async function request(endpoint: HttpEndpoint, path: string, { signal, traceparent }: ReadOptions): Promise<Response> {
  const headers = new Headers(endpoint.headers);
  if (endpoint.traceparent && traceparent !== undefined) headers.set("traceparent", traceparent);
  // A followed redirect would reach a host that the manifest does not declare.
  return fetch(endpoint.base + path, { headers, redirect: "manual", signal });
}

interface ReadingContext extends HttpSourceDeps {
  readonly endpoint: HttpEndpoint;
  readonly path: string;
}

async function toReading(response: Response, { endpoint, path, now }: ReadingContext): Promise<Reading> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    return failed("redirect", `answered ${response.status}; declare the address it redirects to as the source`);
  }
  const value = await readBounded(response, endpoint.maxBodyBytes);
  if (value === undefined) {
    return failed("too-large", `the body is above ${endpoint.maxBodyBytes} bytes; ask for less or raise maxBodyBytes`);
  }
  const unit = mediaType(response.headers.get("content-type"));
  return {
    kind: "point",
    point: { id: `${endpoint.id} ${path}`, value, timestamp: now(), unit },
    status: response.status,
  };
}

/** The whole body, or `undefined` as soon as it passes the bound; leaving the loop cancels the transfer. */
async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | [] = response.body ?? [];
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** The type without parameters. The header is hostile text: anything odd, or above 127 bytes, is plain bytes. */
function mediaType(header: string | null): string {
  const type = /^\s*([\w.+-]+\/[\w.+-]+)\s*(?:;|$)/.exec(header ?? "")?.[1];
  return type === undefined || type.length > 127 ? "application/octet-stream" : type.toLowerCase();
}

function timedOut(endpoint: HttpEndpoint, { signal }: ReadOptions): Reading {
  const reason = signal.aborted ? "the caller gave up" : `no whole answer within ${endpoint.timeoutMs} ms`;
  return failed("timeout", `${reason}; check the source's speed or raise timeoutMs`);
}

/** Codes of bytes that are no HTTP, or no such compression (HPE: HTTP parser, Z: zlib, ERR__ERROR: brotli): the host is there, and talks nonsense. */
const NONSENSE = /^(?:HTTPParserError|UND_ERR_RES_CONTENT_LENGTH|HPE_|Z_|ERR__ERROR_)/;

function failedTransfer(error: unknown): Reading {
  const code = causeCode(error);
  return NONSENSE.test(code)
    ? failed("invalid-data", `the answer is no valid HTTP (${code}); check the url`)
    : failed("unreachable", `no answer (${code}); check the url, the network and the certificate`);
}

/** The innermost error code, as `fetch` wraps what really happened. Codes only: messages may quote addresses. */
function causeCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.cause !== undefined) return causeCode(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
