import { Decimal } from "./decimal";

// A reader of JSON documents that copies nothing: a value is a place in memory. `parse` checks the whole document
// (RFC 8259), so that a truncated one is noticed; after that the accessors may trust its shape.

/** A ticker has 1 KiB. Longer documents would let one source use up the fuel that all share: checking and finding take 70 units a byte. */
const MAX_BYTES: usize = 32 * 1024;
/** Deeper documents are refused; tickers nest three levels. */
const MAX_DEPTH = 32;
/** No place in memory: what the checking functions answer for malformed text. */
const NOWHERE: usize = 0;

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const COMMA: u8 = 0x2c;
const COLON: u8 = 0x3a;
const MINUS: u8 = 0x2d;
const OPEN_OBJECT: u8 = 0x7b;
const CLOSE_OBJECT: u8 = 0x7d;
const OPEN_ARRAY: u8 = 0x5b;
const CLOSE_ARRAY: u8 = 0x5d;

export class Json {
  constructor(
    /** Where it stands in memory. */
    readonly start: usize,
    readonly end: usize,
  ) {}

  /** The document in these bytes; missing if it is not well-formed, or longer than 32 KiB. */
  static parse(start: usize, end: usize): Json {
    if (end - start > MAX_BYTES) return Json.missing();
    const begin = skipSpace(start, end);
    const after = valueEnd(begin, end, 0);
    return after != NOWHERE && skipSpace(after, end) == end ? new Json(begin, after) : Json.missing();
  }

  /** Stands for a value that is not there; so do all that is asked of it. */
  static missing(): Json {
    return new Json(NOWHERE, NOWHERE);
  }

  get exists(): bool {
    return this.start != NOWHERE;
  }

  /** A member of an object, by an ASCII key without escapes; the first of several. */
  get(key: string): Json {
    if (!this.opens(OPEN_OBJECT)) return Json.missing();
    const members = new JsonItems(this);
    while (members.next()) if (members.isAt(key)) return members.value;
    return Json.missing();
  }

  /** The value of an object's first member, whatever its key. */
  first(): Json {
    const members = new JsonItems(this);
    return this.opens(OPEN_OBJECT) && members.next() ? members.value : Json.missing();
  }

  /** An element of an array. */
  at(index: i32): Json {
    if (!this.opens(OPEN_ARRAY)) return Json.missing();
    const elements = new JsonItems(this);
    while (elements.next()) if (index-- == 0) return elements.value;
    return Json.missing();
  }

  get isEmptyArray(): bool {
    return this.opens(OPEN_ARRAY) && !new JsonItems(this).next();
  }

  /** A number, or a string that holds one, exactly as it is written. */
  decimal(): Decimal | null {
    return this.exists ? Decimal.parse(this.text()) : null;
  }

  /** The text of a string, escapes as they are written; of anything else the text as it stands. */
  text(): string {
    const quotes = this.opens(QUOTE) ? 1 : 0;
    return String.UTF8.decodeUnsafe(this.start + quotes, this.end - this.start - 2 * quotes);
  }

  private opens(byte: u8): bool {
    return this.exists && load<u8>(this.start) == byte;
  }
}

/** Walks over the elements of an array, or the members of an object: `while (items.next()) … items.value …`. */
export class JsonItems {
  /** What `next` found. */
  value: Json = Json.missing();
  private keyStart: usize = NOWHERE;
  private keyEnd: usize = NOWHERE;
  private place: usize;

  constructor(private readonly list: Json) {
    this.place = list.start + 1;
  }

  /** Moves on. @returns false behind the last, and for a value that is neither array nor object. */
  next(): bool {
    if (!this.list.exists) return false;
    const open = load<u8>(this.list.start);
    if (open != OPEN_OBJECT && open != OPEN_ARRAY) return false;
    const end = this.list.end;
    let place = skipSpace(this.place, end);
    if (load<u8>(place) == COMMA) place = skipSpace(place + 1, end);
    if (place + 1 >= end) return false;
    if (open == OPEN_OBJECT) {
      this.keyStart = place + 1;
      this.keyEnd = stringEnd(place, end) - 1;
      place = skipSpace(skipSpace(this.keyEnd + 1, end) + 1, end);
    }
    this.place = valueEnd(place, end, 0);
    this.value = new Json(place, this.place);
    return true;
  }

  /** The member's key, as it is written. */
  get key(): string {
    return String.UTF8.decodeUnsafe(this.keyStart, this.keyEnd - this.keyStart);
  }

  isAt(key: string): bool {
    return isKey(this.keyStart, this.keyEnd, key);
  }
}

function isKey(start: usize, end: usize, key: string): bool {
  return end - start == (key.length as usize) && wordEnd(start, end, key) == end;
}

function skipSpace(start: usize, end: usize): usize {
  let place = start;
  while (place < end && isSpace(load<u8>(place))) place++;
  return place;
}

function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: u8): bool {
  const letter = byte | 0x20;
  return isDigit(byte) || (letter >= 0x61 && letter <= 0x66);
}

/** Where the value that begins at `start` ends. */
function valueEnd(start: usize, end: usize, depth: i32): usize {
  if (start >= end || depth > MAX_DEPTH) return NOWHERE;
  const byte = load<u8>(start);
  if (byte == QUOTE) return stringEnd(start, end);
  if (byte == OPEN_OBJECT) return listEnd(start, end, depth, CLOSE_OBJECT);
  if (byte == OPEN_ARRAY) return listEnd(start, end, depth, CLOSE_ARRAY);
  if (byte == MINUS || isDigit(byte)) return numberEnd(start, end);
  if (byte == 0x74) return wordEnd(start, end, "true");
  if (byte == 0x66) return wordEnd(start, end, "false");
  return byte == 0x6e ? wordEnd(start, end, "null") : NOWHERE;
}

/** Of an object or an array. */
function listEnd(start: usize, end: usize, depth: i32, close: u8): usize {
  let place = skipSpace(start + 1, end);
  if (place < end && load<u8>(place) == close) return place + 1;
  while (place < end) {
    if (close == CLOSE_OBJECT) {
      place = keyEnd(place, end);
      if (place == NOWHERE) return NOWHERE;
    }
    const after = valueEnd(place, end, depth + 1);
    if (after == NOWHERE) return NOWHERE;
    place = skipSpace(after, end);
    if (place >= end) return NOWHERE;
    const byte = load<u8>(place);
    if (byte == close) return place + 1;
    if (byte != COMMA) return NOWHERE;
    place = skipSpace(place + 1, end);
  }
  return NOWHERE;
}

/** Passes over a key and its colon. */
function keyEnd(start: usize, end: usize): usize {
  if (load<u8>(start) != QUOTE) return NOWHERE;
  const after = stringEnd(start, end);
  if (after == NOWHERE) return NOWHERE;
  const colon = skipSpace(after, end);
  return colon < end && load<u8>(colon) == COLON ? skipSpace(colon + 1, end) : NOWHERE;
}

function stringEnd(start: usize, end: usize): usize {
  for (let place = start + 1; place < end; place++) {
    const byte = load<u8>(place);
    if (byte == QUOTE) return place + 1;
    if (byte < 0x20) return NOWHERE;
    if (byte == BACKSLASH) {
      place = escapeEnd(place + 1, end);
      if (place == NOWHERE) return NOWHERE;
    }
  }
  return NOWHERE;
}

/** @returns the last byte of an escape sequence. @param start the byte after the backslash. */
function escapeEnd(start: usize, end: usize): usize {
  if (start >= end) return NOWHERE;
  const byte = load<u8>(start);
  if (byte == 0x75) {
    if (end - start < 5) return NOWHERE;
    for (let step: usize = 1; step <= 4; step++) if (!isHex(load<u8>(start + step))) return NOWHERE;
    return start + 4;
  }
  // " \ / b f n r t
  const known = byte == QUOTE || byte == BACKSLASH || byte == 0x2f || byte == 0x62 || byte == 0x66 || byte == 0x6e;
  return known || byte == 0x72 || byte == 0x74 ? start : NOWHERE;
}

function numberEnd(start: usize, end: usize): usize {
  let place = load<u8>(start) == MINUS ? start + 1 : start;
  const whole = digitsEnd(place, end);
  if (whole == place || (load<u8>(place) == 0x30 && whole > place + 1)) return NOWHERE;
  place = whole;
  if (place < end && load<u8>(place) == 0x2e) {
    const fraction = digitsEnd(place + 1, end);
    if (fraction == place + 1) return NOWHERE;
    place = fraction;
  }
  if (place < end && (load<u8>(place) | 0x20) == 0x65) {
    let exponent = place + 1;
    if (exponent < end && (load<u8>(exponent) == 0x2b || load<u8>(exponent) == MINUS)) exponent++;
    place = digitsEnd(exponent, end);
    if (place == exponent) return NOWHERE;
  }
  return place;
}

function digitsEnd(start: usize, end: usize): usize {
  let place = start;
  while (place < end && isDigit(load<u8>(place))) place++;
  return place;
}

function wordEnd(start: usize, end: usize, word: string): usize {
  if (end - start < (word.length as usize)) return NOWHERE;
  for (let index = 0; index < word.length; index++) {
    if (load<u8>(start + index) != (word.charCodeAt(index) as u8)) return NOWHERE;
  }
  return start + word.length;
}
