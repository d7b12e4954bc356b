const NEWLINE = 0x0a;
/** Bytes. Entries are far shorter; text without line ends must not pile up in memory. */
export const MAX_LINE_BYTES = 4096;

/** Whole lines without their ends. What follows the last end is left out; an overlong line is given as it is, cut. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_LINE_BYTES) {
      yield rest.subarray(0, MAX_LINE_BYTES);
      return;
    }
  }
}
