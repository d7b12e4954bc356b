/** Bytes of an answer that a message shows: enough to see a mistake, too few to fill a log. */
const SHOWN_BYTES = 60;
const LINE_FEED = 0x0a;
const ESCAPES: Readonly<Record<number, string>> = { [LINE_FEED]: "\\n", 0x22: '\\"', 0x5c: "\\\\" };

/**
 * What a guest answered, for the message that says what is wrong with it: `9 bytes: "value 1.5" (no line feed)`. One line of
 * ASCII and at most one ellipsis, whatever the bytes are.
 */
export function answerText(output: Uint8Array): string {
  if (output.length === 0) return "nothing";
  const shown = Array.from(output.subarray(0, SHOWN_BYTES), byteText).join("");
  const more = output.length > SHOWN_BYTES ? "…" : "";
  const end = output.at(-1) === LINE_FEED ? "" : " (no line feed)";
  return `${output.length} ${output.length === 1 ? "byte" : "bytes"}: "${shown}"${more}${end}`;
}

function byteText(byte: number): string {
  const escape = ESCAPES[byte];
  if (escape !== undefined) return escape;
  return byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
}
