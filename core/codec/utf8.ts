/** UTF-8 without a platform: ECMAScript's own percent coding is a strict UTF-8 codec. Meant for short texts, of which most are ASCII. */

const ASCII = /^[\x00-\x7f]*$/;
/** Bytes that one call takes as arguments: far below what engines allow. */
const MAX_ARGUMENTS = 8_192;

/** Throws URIError for a lone surrogate. */
export function encodeUtf8(text: string): Uint8Array {
  return ASCII.test(text) ? encodeAscii(text) : encodeEscaped(text);
}

/** Undefined for bytes that are no UTF-8: overlong forms, surrogates and truncated sequences included. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.length <= MAX_ARGUMENTS && bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes);
  try {
    return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  } catch {
    return undefined;
  }
}

function encodeAscii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function encodeEscaped(text: string): Uint8Array {
  const escaped = encodeURIComponent(text);
  const bytes = new Uint8Array(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length; at++) {
    const isEscape = escaped[at] === "%";
    bytes[length++] = isEscape ? Number.parseInt(escaped.slice(at + 1, at + 3), 16) : escaped.charCodeAt(at);
    if (isEscape) at += 2;
  }
  return bytes.slice(0, length);
}
