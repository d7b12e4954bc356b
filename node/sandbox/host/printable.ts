/**
 * Characters that a terminal or a log viewer acts on instead of showing: controls, line and paragraph separators, marks
 * that turn the direction of writing, the byte order mark, lone surrogates. Listed, so that no engine's Unicode tables decide.
 */
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** One printable line of at most `maxBytes` of UTF-8; what is cut off leaves an ellipsis. */
export function printableLine(text: string, maxBytes: number): string {
  // A character has at least one byte, so this much decides; the rest need not be looked at.
  const line = text.slice(0, maxBytes + 1).replaceAll(UNPRINTABLE, "\ufffd");
  const bytes = new TextEncoder().encode(line);
  if (bytes.length <= maxBytes) return line;
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(maxBytes - ELLIPSIS_BYTES));
  return `${line.slice(0, read)}…`;
}

const ELLIPSIS_BYTES = 3;
