/// A number of up to 256 bits, the lowest limb first.
pub struct Wide([u32; 8]);

const BILLION: u64 = 1_000_000_000;

impl Wide {
    pub fn product(a: u128, b: u128) -> Self {
        let mut limbs = [0u32; 8];
        for i in 0..4 {
            let mut carry = 0u64;
            for j in 0..4 {
                carry += limb(a, i) * limb(b, j) + u64::from(limbs[i + j]);
                limbs[i + j] = carry as u32;
                carry >>= 32;
            }
            limbs[i + 4] = carry as u32;
        }
        Self(limbs)
    }

    /// By 10^18, rounded down.
    pub fn divided_by_unit(mut self) -> Self {
        for _ in 0..2 {
            let mut rest = 0u64;
            for limb in self.0.iter_mut().rev() {
                rest = rest << 32 | u64::from(*limb);
                *limb = (rest / BILLION) as u32;
                rest %= BILLION;
            }
        }
        self
    }

    /// Rounded down, one bit at a time. The divisor is below 2^127, so twice a remainder fits.
    pub fn divided_by(mut self, divisor: u128) -> Self {
        let mut rest = 0u128;
        for limb in self.0.iter_mut().rev() {
            if *limb == 0 && rest == 0 {
                continue;
            }
            let (dividend, mut quotient) = (*limb, 0u32);
            for bit in (0..32).rev() {
                rest = rest << 1 | u128::from(dividend >> bit & 1);
                quotient <<= 1;
                if rest >= divisor {
                    rest -= divisor;
                    quotient |= 1;
                }
            }
            *limb = quotient;
        }
        self
    }

    /// `None` for what takes more than 128 bits.
    pub fn narrowed(&self) -> Option<u128> {
        let [low @ .., _, _, _, _] = &self.0;
        let number = low.iter().rev().fold(0, |number, limb| number << 32 | u128::from(*limb));
        self.0[4..].iter().all(|limb| *limb == 0).then(|| number)
    }
}

fn limb(number: u128, index: usize) -> u64 {
    (number >> (32 * index)) as u32 as u64
}
