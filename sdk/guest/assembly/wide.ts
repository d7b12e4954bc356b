// Whole numbers of up to 256 bits, as eight limbs of 32 bits, the lowest first: what products and quotients pass through.

const LIMBS = 8;
const LOW_32: u64 = 0xffff_ffff;
/** Two divisions by 10^9 are one by 10^18, and its divisor fits a limb. */
const BILLION: u64 = 1_000_000_000;

/** (hi, lo) as eight limbs. */
function widened(hi: u64, lo: u64): StaticArray<u64> {
  const limbs = new StaticArray<u64>(LIMBS);
  limbs[0] = lo & LOW_32;
  limbs[1] = lo >> 32;
  limbs[2] = hi & LOW_32;
  limbs[3] = hi >> 32;
  return limbs;
}

/** (aHi, aLo) times (bHi, bLo), divided by 10^18, rounded down. */
export function scaledProduct(a: StaticArray<u64>, b: StaticArray<u64>): StaticArray<u64> {
  const x = widened(a[0], a[1]);
  const y = widened(b[0], b[1]);
  const limbs = new StaticArray<u64>(LIMBS);
  for (let i = 0; i < LIMBS / 2; i++) {
    let carry: u64 = 0;
    for (let j = 0; j < LIMBS / 2; j++) {
      carry += x[i] * y[j] + limbs[i + j];
      limbs[i + j] = carry & LOW_32;
      carry >>= 32;
    }
    limbs[i + LIMBS / 2] = carry;
  }
  for (let times = 0; times < 2; times++) {
    let rest: u64 = 0;
    for (let i = LIMBS - 1; i >= 0; i--) {
      rest = (rest << 32) | limbs[i];
      limbs[i] = rest / BILLION;
      rest %= BILLION;
    }
  }
  return limbs;
}

/** (aHi, aLo) times 10^18, divided by (bHi, bLo) < 2^127, rounded down: one bit at a time. */
export function scaledQuotient(a: StaticArray<u64>, b: StaticArray<u64>): StaticArray<u64> {
  const limbs = widened(a[0], a[1]);
  for (let times = 0; times < 2; times++) {
    let carry: u64 = 0;
    for (let i = 0; i < LIMBS; i++) {
      carry += limbs[i] * BILLION;
      limbs[i] = carry & LOW_32;
      carry >>= 32;
    }
  }
  const divisorHi = b[0];
  const divisorLo = b[1];
  let hi: u64 = 0;
  let lo: u64 = 0;
  for (let i = LIMBS - 1; i >= 0; i--) {
    const dividend = limbs[i];
    if (dividend == 0 && hi == 0 && lo == 0) continue;
    let quotient: u64 = 0;
    for (let bit = 31; bit >= 0; bit--) {
      hi = (hi << 1) | (lo >> 63);
      lo = (lo << 1) | ((dividend >> bit) & 1);
      quotient <<= 1;
      if (hi > divisorHi || (hi == divisorHi && lo >= divisorLo)) {
        hi -= divisorHi + (lo < divisorLo ? 1 : 0);
        lo -= divisorLo;
        quotient |= 1;
      }
    }
    limbs[i] = quotient;
  }
  return limbs;
}
