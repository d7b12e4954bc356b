use crate::wide::Wide;
use crate::Text;

const FRACTION_DIGITS: usize = 18;
/// Keeps every value, and the sum of two, inside 128 bits: 2 · 10^(19+18) < 2^127.
const WHOLE_DIGITS: usize = 19;
const UNIT: u64 = 1_000_000_000_000_000_000;
/// Every decimal is nearer to zero than this.
const LIMIT: u128 = 10u128.pow((WHOLE_DIGITS + FRACTION_DIGITS) as u32);

/// An exact decimal number: an integer of 128 bits, scaled by 10^18, below 10^19 in magnitude. An operation whose result
/// is not answers `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

impl Decimal {
    /// 0.
    pub const ZERO: Self = Self(0);

    /// A whole number.
    pub fn from_whole(whole: u32) -> Self {
        Self(i128::from(whole) * i128::from(UNIT))
    }

    /// Reads `[+-]digits[.digits]`, at most 19 digits before the point; digits of fraction after the 18th are cut, toward
    /// zero. `None` for anything else, exponents included.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let point = digits_end(digits);
        let (whole, rest) = digits.split_at(point);
        let fraction = match rest {
            [] => rest,
            [b'.', fraction @ ..] if !fraction.is_empty() && digits_end(fraction) == fraction.len() => fraction,
            _ => return None,
        };
        if whole.is_empty() || whole.len() > WHOLE_DIGITS {
            return None;
        }
        let zeros = core::iter::repeat(&b'0');
        let scaled = number(fraction.iter().chain(zeros).take(FRACTION_DIGITS));
        let magnitude = i128::from(number(whole.iter())) * i128::from(UNIT) + i128::from(scaled);
        Some(Self(if negative { -magnitude } else { magnitude }))
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        in_range(self.0 + other.0)
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Option<Self> {
        in_range(self.0 - other.0)
    }

    /// The product, digits after the 18th cut, toward zero.
    pub fn times(self, other: Self) -> Option<Self> {
        let product = Wide::product(self.0.unsigned_abs(), other.0.unsigned_abs()).divided_by_unit();
        signed(product.narrowed()?, self.is_negative() != other.is_negative())
    }

    /// The quotient, digits after the 18th cut, toward zero; `None` for a division by 0. Some 10,000 units of fuel.
    pub fn over(self, divisor: Self) -> Option<Self> {
        if divisor.0 == 0 {
            return None;
        }
        let numerator = Wide::product(self.0.unsigned_abs(), u128::from(UNIT));
        let quotient = numerator.divided_by(divisor.0.unsigned_abs()).narrowed()?;
        signed(quotient, self.is_negative() != divisor.is_negative())
    }

    /// floor((a + b) / 2) in units of 10^−18.
    pub fn mean(a: Self, b: Self) -> Self {
        Self((a.0 + b.0) >> 1)
    }

    /// Adds the shortest exact text, without trailing zeros of the fraction.
    pub fn write(self, text: &mut Text) {
        let magnitude = self.0.unsigned_abs();
        let (whole, mut fraction) = ((magnitude / u128::from(UNIT)) as u64, (magnitude % u128::from(UNIT)) as u64);
        if self.is_negative() {
            text.push("-");
        }
        write_digits(whole, text);
        if fraction == 0 {
            return;
        }
        text.push(".");
        while fraction != 0 {
            text.push_digit((fraction / (UNIT / 10)) as u8);
            fraction = fraction % (UNIT / 10) * 10;
        }
    }

    /// For metrics only: the nearest double.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }
}

/// The middle value; of an even number of values the mean of the middle two, rounded down. Sorts `values`. `None` of none.
pub fn median(values: &mut [Decimal]) -> Option<Decimal> {
    // A plain insertion sort: few values, and a tenth of the library's code.
    for end in 1..values.len() {
        let mut place = end;
        while place > 0 && values[place] < values[place - 1] {
            values.swap(place, place - 1);
            place -= 1;
        }
    }
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some(Decimal::mean(values[middle - 1], values[middle])),
    }
}

fn in_range(units: i128) -> Option<Decimal> {
    (units.unsigned_abs() < LIMIT).then(|| Decimal(units))
}

fn signed(magnitude: u128, negative: bool) -> Option<Decimal> {
    let units = i128::try_from(magnitude).ok()?;
    in_range(if negative { -units } else { units })
}

fn digits_end(text: &[u8]) -> usize {
    text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len())
}

/// Of at most 19 digits.
fn number<'a>(digits: impl Iterator<Item = &'a u8>) -> u64 {
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

fn write_digits(number: u64, text: &mut Text) {
    if number >= 10 {
        write_digits(number / 10, text);
    }
    text.push_digit((number % 10) as u8);
}
