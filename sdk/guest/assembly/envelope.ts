import { answer } from "./abi";
import { Decimal } from "./decimal";
import { Json } from "./json";

const SPACE: u8 = 0x20;
const NEWLINE: u8 = 0x0a;

/** What became of one request, in the order of the requests. */
export class Response {
  constructor(
    /** The source's id, as the manifest names it. */
    readonly source: string,
    /** An HTTP status, or `error:` and the code of a failure. */
    readonly outcome: string,
    readonly start: usize,
    readonly end: usize,
  ) {}

  get ok(): bool {
    return this.outcome == "200";
  }

  /** The body as a JSON document; missing if the response is not ok or `Json.parse` refuses it. */
  json(): Json {
    return this.ok ? Json.parse(this.start, this.end) : Json.missing();
  }

  text(): string {
    return String.UTF8.decodeUnsafe(this.start, this.end - this.start);
  }
}

/** The input of a phase. */
export class Input {
  feed: string = "";
  /** Unix seconds, fixed per round. */
  time: u64 = 0;
  readonly responses: Response[] = [];
  private readonly keys: string[] = [];
  private readonly values: string[] = [];

  /** Reads what the host wrote at `pointer`. A body stays where it is. */
  static read(pointer: usize, length: usize): Input {
    const reader = new Reader(pointer, pointer + length);
    const input = new Input();
    assert(reader.until(SPACE) == "fetcher/1", "the host speaks another ABI");
    reader.until(NEWLINE);
    while (!reader.at(NEWLINE)) input.readHeadLine(reader);
    reader.skip(1);
    while (!reader.done) input.readResponse(reader);
    return input;
  }

  /** A parameter of the feed, from the manifest; empty if it is not there. */
  param(key: string): string {
    const index = this.keys.indexOf(key);
    return index < 0 ? "" : this.values[index];
  }

  /** A parameter that is a whole number below 4,000,000,000. Aborts for anything else: a manifest is the author's own. */
  count(key: string, otherwise: u32): u32 {
    const text = this.param(key);
    return text.length == 0 ? otherwise : wholeNumber(text);
  }

  private readHeadLine(reader: Reader): void {
    const word = reader.until(SPACE);
    if (word == "feed") this.feed = reader.until(NEWLINE);
    else if (word == "time") this.time = wholeNumber(reader.until(NEWLINE));
    else if (word == "param") {
      this.keys.push(reader.until(SPACE));
      this.values.push(reader.until(NEWLINE));
    } else reader.until(NEWLINE);
  }

  private readResponse(reader: Reader): void {
    reader.until(SPACE);
    reader.until(SPACE);
    const source = reader.until(SPACE);
    const outcome = reader.until(SPACE);
    const length = wholeNumber(reader.until(NEWLINE));
    const start = reader.skip(length);
    this.responses.push(new Response(source, outcome, start, start + length));
    reader.skip(1);
  }
}

/** The requests of a fetcher, built up line by line. */
export class Requests {
  private text: string = "";

  get(source: string, path: string): void {
    this.text += "GET " + source + " " + path + "\n";
  }

  answer(): u64 {
    return answer(this.text);
  }
}

export function value(decimal: Decimal): u64 {
  return answer("value " + decimal.toString() + "\n");
}

/** @param code `[a-z0-9-]{1,32}`. @param message one line, at most 256 bytes. */
export function fail(code: string, message: string): u64 {
  return answer("fail " + code + " " + message + "\n");
}

class Reader {
  constructor(
    private position: usize,
    private readonly end: usize,
  ) {}

  get done(): bool {
    return this.position >= this.end;
  }

  at(byte: u8): bool {
    return !this.done && load<u8>(this.position) == byte;
  }

  /** The text up to a separator, which is passed over. */
  until(separator: u8): string {
    const start = this.position;
    while (!this.at(separator)) this.skip(1);
    const text = String.UTF8.decodeUnsafe(start, this.position - start);
    this.position++;
    return text;
  }

  /** @returns where the skipped bytes begin. */
  skip(count: usize): usize {
    const start = this.position;
    assert(count <= this.end - start, "the envelope ends too early");
    this.position += count;
    return start;
  }
}

function wholeNumber(text: string): u32 {
  let number: u32 = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = (text.charCodeAt(index) - 0x30) as u32;
    assert(digit < 10 && number < 400_000_000, "a whole number below 4,000,000,000 is needed");
    number = number * 10 + digit;
  }
  return number;
}
