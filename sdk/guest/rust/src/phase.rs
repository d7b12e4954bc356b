//! What the `fetcher!` macro stands on.

use crate::outcome::outcome_text;
use crate::{Decimal, Failure, Input, Requests, Text};

/// # Safety
/// The host wrote `length` bytes at `pointer`, which stay as they are for as long as the instance lives.
pub unsafe fn input(pointer: *const u8, length: usize) -> Input {
    Input::read(core::slice::from_raw_parts(pointer, length))
}

pub fn requests(input: Input, phase: fn(&Input, &mut Requests)) -> u64 {
    let mut list = Requests { text: Text::new() };
    phase(&input, &mut list);
    packed(list.text)
}

pub fn observe(input: Input, phase: fn(&Input) -> Result<Decimal, Failure>) -> u64 {
    packed(outcome_text(phase(&input)))
}

fn packed(text: Text) -> u64 {
    let text = text.leak();
    (text.as_ptr() as usize as u64) << 32 | text.len() as u64
}
