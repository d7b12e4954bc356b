use crate::heap;
use core::fmt;

/// A text that grows, on the module's own heap; `write!` works on it.
pub struct Text {
    start: *mut u8,
    length: usize,
    capacity: usize,
}

/// Room of a text that begins to grow.
const FIRST_CAPACITY: usize = 64;

impl Text {
    /// An empty one.
    pub const fn new() -> Self {
        Self { start: core::ptr::null_mut(), length: 0, capacity: 0 }
    }

    /// Adds to its end.
    pub fn push(&mut self, part: &str) {
        self.make_room(part.len());
        // SAFETY: there is room, and `part` lies elsewhere.
        unsafe { core::ptr::copy_nonoverlapping(part.as_ptr(), self.start.add(self.length), part.len()) };
        self.length += part.len();
    }

    /// Adds a digit. `digit` is below 10.
    pub(crate) fn push_digit(&mut self, digit: u8) {
        self.push(&"0123456789"[digit as usize..digit as usize + 1]);
    }

    /// What it holds, for as long as the instance lives.
    pub fn leak(self) -> &'static str {
        if self.length == 0 {
            return "";
        }
        // SAFETY: whole texts were copied there, and nobody else has the memory.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.start, self.length)) }
    }

    fn make_room(&mut self, more: usize) {
        let needed = self.length + more;
        if needed <= self.capacity {
            return;
        }
        let capacity = needed.max(2 * self.capacity).max(FIRST_CAPACITY);
        if self.capacity > 0 && heap::is_next(self.start as usize + self.capacity) {
            heap::reserve(capacity - self.capacity, 1);
        } else {
            let start = heap::reserve(capacity, 1);
            // SAFETY: new memory of more than `length` bytes.
            unsafe { core::ptr::copy_nonoverlapping(self.start, start, self.length) };
            self.start = start;
        }
        self.capacity = capacity;
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.push(part);
        Ok(())
    }
}
