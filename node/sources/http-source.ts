import { Pool } from "undici";
import type { Reading, ReadOptions, Source } from "../../core/ports/source.ts";
import { ACCEPTED_CODINGS, ContentCodingError, decodeContent } from "./content-coding.ts";
import { startDeadline } from "./deadline.ts";
import { pathFault } from "./guest-path.ts";
import { checkHttpOptions, type HttpEndpoint, type HttpSourceOptions } from "./http-endpoint.ts";
import { exchange, type ExchangeAnswer, isRedirect } from "./http-exchange.ts";
import { failed } from "./reading.ts";

export interface HttpSourceDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Connections of one source: as many as a standard report has lanes. */
const MAX_CONNECTIONS = 8;
/** How long an idle connection is kept unless the server says otherwise: over several rounds, below what load balancers allow. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Documents over HTTP GET. A status of 400 and above is still a point, as its body may tell the guest why;
 * redirects, time-outs, network errors and bodies above the bound are failed readings.
 * @throws QuorateError<HttpSourceError> when the options cannot be meant.
 */
export function createHttpSource(options: HttpSourceOptions, deps: HttpSourceDeps): Source {
  const endpoint = checkHttpOptions(options);
  // The deadline of a read ends it; idle connections hold up no process that wants to end.
  const connections = new Pool(new URL(endpoint.base).origin, {
    ...{ connections: MAX_CONNECTIONS, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 },
    ...{ connect: { timeout: endpoint.timeoutMs }, keepAliveTimeout: KEEP_ALIVE_MS },
  });
  return {
    async read(path, readOptions) {
      const fault = pathFault(path);
      if (fault !== undefined) return failed("invalid-path", `the path ${fault}`);
      const deadline = startDeadline(endpoint.timeoutMs, readOptions.signal);
      try {
        // A redirect that is followed would reach a host that the manifest does not declare: none is.
        const answer = await exchange(connections, {
          path: targetOf(endpoint, path),
          headers: headersOf(endpoint, readOptions),
          signal: deadline.signal,
          maxBytes: endpoint.maxBodyBytes,
        });
        return await toReading(answer, { endpoint, path, now: deps.now });
      } catch (error) {
        return deadline.signal.aborted ? timedOut(endpoint, readOptions) : failedTransfer(error);
      } finally {
        deadline.clear();
      }
    },
  };
}

/** Path and query as a browser would write them. */
function targetOf({ base }: HttpEndpoint, path: string): string {
  const { pathname, search } = new URL(base + path);
  return pathname + search;
}

function headersOf(endpoint: HttpEndpoint, { traceparent }: ReadOptions): Readonly<Record<string, string>> {
  const headers = { "accept-encoding": ACCEPTED_CODINGS, ...endpoint.headers };
  return endpoint.traceparent && traceparent !== undefined ? { ...headers, traceparent } : headers;
}

interface ReadingContext extends HttpSourceDeps {
  readonly endpoint: HttpEndpoint;
  readonly path: string;
}

async function toReading(answer: ExchangeAnswer, { endpoint, path, now }: ReadingContext): Promise<Reading> {
  const { status, header, body } = answer;
  if (isRedirect(status)) {
    return failed("redirect", `answered ${status}; declare the address it redirects to as the source`);
  }
  const value = body && (await decodeContent(body, header("content-encoding"), endpoint.maxBodyBytes));
  if (value === undefined) {
    return failed("too-large", `the body is above ${endpoint.maxBodyBytes} bytes; ask for less or raise maxBodyBytes`);
  }
  const unit = mediaType(header("content-type"));
  return { kind: "point", point: { id: `${endpoint.id} ${path}`, value, timestamp: now(), unit }, status };
}

/** The type without parameters. The header is hostile text: anything odd, or above 127 bytes, is plain bytes. */
function mediaType(header: string | undefined): string {
  const type = /^\s*([\w.+-]+\/[\w.+-]+)\s*(?:;|$)/.exec(header ?? "")?.[1];
  return type === undefined || type.length > 127 ? "application/octet-stream" : type.toLowerCase();
}

function timedOut(endpoint: HttpEndpoint, { signal }: ReadOptions): Reading {
  const reason = signal.aborted ? "the caller gave up" : `no whole answer within ${endpoint.timeoutMs} ms`;
  return failed("timeout", `${reason}; check the source's speed or raise timeoutMs`);
}

/** Codes of bytes that are no HTTP (HPE: its parser): the host is there, and talks nonsense. */
const NONSENSE = /^(?:HTTPParserError|UND_ERR_RES_CONTENT_LENGTH|UND_ERR_HEADERS_OVERFLOW|HPE_)/;

function failedTransfer(error: unknown): Reading {
  const code = causeCode(error);
  if (error instanceof ContentCodingError) return failed("invalid-data", `${error.message}; check the url`);
  return NONSENSE.test(code)
    ? failed("invalid-data", `the answer is no valid HTTP (${code}); check the url`)
    : failed("unreachable", `no answer (${code}); check the url, the network and the certificate`);
}

/** The innermost error code. Codes only: messages may quote addresses. */
function causeCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.cause !== undefined) return causeCode(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
