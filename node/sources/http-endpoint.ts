import { QuorateError } from "../../core/errors/quorate-error.ts";

/** Milliseconds for connecting, headers and body together. A slower source would hold up the round. */
const DEFAULT_TIMEOUT_MS = 500;
/** A ticker is under 2 KiB; whole order books stay below this. Counted after decompression. */
const DEFAULT_MAX_BODY_BYTES = 256 * 1024;

export interface HttpSourceOptions {
  readonly id: string;
  /** Base URL; a guest's path is appended to it. Without query, fragment and credentials. */
  readonly url: string;
  readonly timeoutMs?: number;
  /** Allows `http:`. Meant for loopback and tests. */
  readonly allowInsecure?: boolean;
  readonly maxBodyBytes?: number;
  /** Sent with each request, secrets already resolved. Guests never see them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the round's W3C `traceparent`: for sources of one's own, as it tells rounds apart. */
  readonly traceparent?: boolean;
}

export type HttpSourceError =
  | { readonly code: "source-url-invalid"; readonly source: string }
  | { readonly code: "source-insecure"; readonly source: string }
  | { readonly code: "source-header-invalid"; readonly source: string }
  | { readonly code: "source-limit-invalid"; readonly source: string };

/** The options once they are checked and every default is filled in. */
export interface HttpEndpoint {
  readonly id: string;
  /** Without a trailing slash. */
  readonly base: string;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly traceparent: boolean;
}

/** Fills in the defaults. @throws QuorateError<HttpSourceError> when the options cannot be meant. */
export function checkHttpOptions(options: HttpSourceOptions): HttpEndpoint {
  const { id: source, timeoutMs = DEFAULT_TIMEOUT_MS, maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = options;
  if (!(timeoutMs > 0 && maxBodyBytes > 0)) {
    throw new QuorateError<HttpSourceError>(
      { code: "source-limit-invalid", source },
      `source ${source}: timeoutMs and maxBodyBytes must be above 0`,
    );
  }
  return {
    id: source,
    base: checkBase(options),
    timeoutMs,
    maxBodyBytes,
    headers: checkHeaders(options),
    traceparent: options.traceparent ?? false,
  };
}

function checkBase({ id: source, url: text, allowInsecure = false }: HttpSourceOptions): string {
  const url = URL.parse(text);
  const bare = url !== null && [url.search, url.hash, url.username, url.password].every((part) => part === "");
  if (!bare || !["https:", "http:"].includes(url.protocol)) {
    // The URL itself is not repeated: someone may have put a password into it.
    throw new QuorateError<HttpSourceError>(
      { code: "source-url-invalid", source },
      `source ${source}: give url as https://host/path, without query, fragment or credentials (secrets go into headers)`,
    );
  }
  if (url.protocol === "http:" && !allowInsecure) {
    throw new QuorateError<HttpSourceError>(
      { code: "source-insecure", source },
      `source ${source}: plain http can be altered on the way; use https, or set allowInsecure for a loopback source`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

function checkHeaders({ id: source, headers = {} }: HttpSourceOptions): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(new Headers({ "user-agent": "quorate", accept: "*/*", ...headers }));
  } catch {
    // No cause: its message quotes the value, which may be a secret.
    throw new QuorateError<HttpSourceError>(
      { code: "source-header-invalid", source },
      `source ${source}: a header has a forbidden name or value; look for line breaks in resolved secrets`,
    );
  }
}
