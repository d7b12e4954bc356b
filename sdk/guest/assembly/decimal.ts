// Exact decimal numbers: integers of 128 bits, scaled by 10^18. No floats anywhere.

const FRACTION_DIGITS = 18;
/** Keeps every value, and the sum of two, inside 128 bits: 2 · 10^(19+18) < 2^127. */
const WHOLE_DIGITS = 19;
const LOW_32: u64 = 0xffff_ffff;

export class Decimal {
  constructor(
    /** Upper half, two's complement. */
    readonly hi: i64,
    readonly lo: u64,
  ) {}

  /**
   * Reads `[+-]digits[.digits]`, at most 19 digits before the point; digits of fraction after the 18th are cut, toward zero.
   * @returns null for anything else, exponents included.
   */
  static parse(text: string): Decimal | null {
    const end = text.length;
    const first = end > 0 ? text.charCodeAt(0) : 0;
    const negative = first == 0x2d;
    const start = negative || first == 0x2b ? 1 : 0;
    const point = digitsEnd(text, start);
    if (point == start || point - start > WHOLE_DIGITS) return null;
    let fraction = end;
    if (point < end) {
      fraction = point + 1;
      if (text.charCodeAt(point) != 0x2e || fraction == end || digitsEnd(text, fraction) != end) return null;
    }
    let magnitude = new Decimal(0, 0);
    for (let index = start; index < point; index++) magnitude = magnitude.shifted(digitAt(text, index));
    for (let place = 0; place < FRACTION_DIGITS; place++) {
      magnitude = magnitude.shifted(fraction + place < end ? digitAt(text, fraction + place) : 0);
    }
    return negative ? magnitude.negated() : magnitude;
  }

  isLessThan(other: Decimal): bool {
    return this.hi == other.hi ? this.lo < other.lo : this.hi < other.hi;
  }

  /** floor((a + b) / 2) in units of 10^−18. */
  static mean(a: Decimal, b: Decimal): Decimal {
    const lo = a.lo + b.lo;
    const hi = a.hi + b.hi + (lo < a.lo ? 1 : 0);
    return new Decimal(hi >> 1, (lo >> 1) | ((hi as u64) << 63));
  }

  /** The shortest exact text, without trailing zeros of the fraction. */
  toString(): string {
    const negative = this.hi < 0;
    let rest: Decimal = negative ? this.negated() : this;
    let text = "";
    let hasFraction = false;
    for (let place = 0; place <= FRACTION_DIGITS || rest.hi != 0 || rest.lo != 0; place++) {
      if (place == FRACTION_DIGITS && hasFraction) text = "." + text;
      const tenth = rest.tenth();
      const digit = rest.lo - tenth.lo * 10;
      rest = tenth;
      if (place < FRACTION_DIGITS && digit == 0 && !hasFraction) continue;
      if (place < FRACTION_DIGITS) hasFraction = true;
      text = String.fromCharCode((digit as i32) + 0x30) + text;
    }
    return negative ? "-" + text : text;
  }

  private negated(): Decimal {
    return new Decimal(~this.hi + (this.lo == 0 ? 1 : 0), ~this.lo + 1);
  }

  /** Of a magnitude: ten times it, plus a digit. */
  private shifted(digit: u64): Decimal {
    const low = (this.lo & LOW_32) * 10 + digit;
    const high = (this.lo >> 32) * 10 + (low >> 32);
    return new Decimal(this.hi * 10 + ((high >> 32) as i64), (high << 32) | (low & LOW_32));
  }

  /** Of a magnitude: a tenth of it, rounded down. Long division by limbs of 32 bits. */
  private tenth(): Decimal {
    const hi = this.hi as u64;
    const third = ((hi % 10) << 32) | (this.lo >> 32);
    const fourth = ((third % 10) << 32) | (this.lo & LOW_32);
    return new Decimal((hi / 10) as i64, ((third / 10) << 32) | (fourth / 10));
  }
}

/** Where the run of digits that begins at `start` ends. */
function digitsEnd(text: string, start: i32): i32 {
  let index = start;
  while (index < text.length && digitAt(text, index) < 10) index++;
  return index;
}

/** 10 or more for what is no digit. */
function digitAt(text: string, index: i32): u64 {
  return (text.charCodeAt(index) - 0x30) as u32 as u64;
}
