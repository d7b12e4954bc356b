// Exact decimal numbers: integers of 128 bits, scaled by 10^18, below 10^19 in magnitude. An operation whose result is not
// answers null.

import { scaledProduct, scaledQuotient } from "./wide";

const FRACTION_DIGITS = 18;
/** Keeps every value, and the sum of two, inside 128 bits: 2 · 10^(19+18) < 2^127. */
const WHOLE_DIGITS = 19;
const LOW_32: u64 = 0xffff_ffff;
/** 10^37, the bound of the scaled integers. */
const LIMIT_HI: i64 = 0x0785_ee10_d5da_46d9;
const LIMIT_LO: u64 = 0x00f4_36a0_0000_0000;

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

  /** A whole number. */
  static fromWhole(whole: u32): Decimal {
    let decimal = new Decimal(0, whole);
    for (let place = 0; place < FRACTION_DIGITS; place++) decimal = decimal.shifted(0);
    return decimal;
  }

  get isNegative(): bool {
    return this.hi < 0;
  }

  get isZero(): bool {
    return this.hi == 0 && this.lo == 0;
  }

  plus(other: Decimal): Decimal | null {
    const lo = this.lo + other.lo;
    return new Decimal(this.hi + other.hi + (lo < this.lo ? 1 : 0), lo).inRange();
  }

  minus(other: Decimal): Decimal | null {
    return this.plus(other.negated());
  }

  /** The product, digits after the 18th cut, toward zero. */
  times(other: Decimal): Decimal | null {
    return Decimal.narrowed(scaledProduct(this.halves(), other.halves()), this.isNegative != other.isNegative);
  }

  /** The quotient, digits after the 18th cut, toward zero; null for a division by 0. Some 10,000 units of fuel. */
  over(divisor: Decimal): Decimal | null {
    if (divisor.isZero) return null;
    return Decimal.narrowed(scaledQuotient(this.halves(), divisor.halves()), this.isNegative != divisor.isNegative);
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

  /** For metrics only: the nearest double. */
  toFloat(): f64 {
    const magnitude = this.magnitude();
    const value = ((magnitude.hi as f64) * 18446744073709551616.0 + (magnitude.lo as f64)) / 1e18;
    return this.isNegative ? -value : value;
  }

  private magnitude(): Decimal {
    return this.isNegative ? this.negated() : this;
  }

  /** Of the magnitude. */
  private halves(): StaticArray<u64> {
    const magnitude = this.magnitude();
    return [magnitude.hi as u64, magnitude.lo];
  }

  private inRange(): Decimal | null {
    return this.magnitude().isLessThan(new Decimal(LIMIT_HI, LIMIT_LO)) ? this : null;
  }

  /** Limbs of a magnitude back to a decimal. */
  private static narrowed(limbs: StaticArray<u64>, negative: bool): Decimal | null {
    if ((limbs[4] | limbs[5] | limbs[6] | limbs[7] | (limbs[3] >> 31)) != 0) return null;
    const magnitude = new Decimal(((limbs[3] << 32) | limbs[2]) as i64, (limbs[1] << 32) | limbs[0]);
    if (magnitude.inRange() === null) return null;
    return negative ? magnitude.negated() : magnitude;
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
