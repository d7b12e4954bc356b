import type { Range } from "./ast.ts";

/** A file whose positions are the compiler's: bytes, one character each. */
export class SourceText {
  readonly #bytes: string;

  constructor(content: string) {
    this.#bytes = Buffer.from(content, "utf8").toString("latin1");
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The text of a stretch. */
  slice({ start, end }: Range): string {
    return decode(this.#bytes.slice(start, end));
  }

  /** The stretch with the semicolon that ends its statement, where one follows. */
  withSemicolon({ start, end }: Range): Range {
    const rest = /^\s*;/.exec(this.#bytes.slice(end))?.[0] ?? "";
    return { start, end: end + rest.length };
  }
}

function decode(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
