import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: Readonly<Record<string, Decompress | undefined>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Codings that are asked for. */
export const ACCEPTED_CODINGS = "gzip, br";
/** Codings one on top of the other: a server needs one, and each costs a pass over the whole body. */
const MAX_CODINGS = 2;

/** Bytes that are not what their Content-Encoding says. */
export class ContentCodingError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`the body is not encoded as it says (${code})`);
    this.code = code;
  }
}

/**
 * The body without its content codings; undefined if it is longer than the bound. Of a coding that is not known the bytes are
 * left as they came. @throws ContentCodingError for bytes that do not decode.
 */
export async function decodeContent(
  body: Buffer,
  coding: string | undefined,
  maxBytes: number,
): Promise<Buffer | undefined> {
  if (coding === undefined) return body;
  const decoders = coding.split(",").map((name) => DECODERS[name.trim().toLowerCase()]);
  if (decoders.length > MAX_CODINGS) throw new ContentCodingError("Z_TOO_MANY");
  let decoded = body;
  for (const decoder of decoders.toReversed()) {
    if (decoder === undefined) return decoded;
    try {
      decoded = await decoder(decoded, { maxOutputLength: maxBytes });
    } catch (error) {
      if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") return undefined;
      throw new ContentCodingError(codeOf(error));
    }
  }
  return decoded;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
