//! Memory from the end of the static data upwards. It is never taken back: an instance serves one phase.

use core::arch::wasm32;
use core::cell::Cell;

const PAGE_BYTES: usize = 65_536;

struct Heap {
    next: Cell<usize>,
}

// SAFETY: a module runs in one thread.
unsafe impl Sync for Heap {}

static HEAP: Heap = Heap { next: Cell::new(0) };

extern "C" {
    /// Where the linker's own data end.
    static __heap_base: u8;
}

/// Memory that nobody else has. Traps where the module's limit is reached. `align` is a power of two.
pub fn reserve(size: usize, align: usize) -> *mut u8 {
    let start = (next() + align - 1) & !(align - 1);
    let end = match start.checked_add(size) {
        Some(end) => end,
        None => wasm32::unreachable(),
    };
    let have = wasm32::memory_size(0) * PAGE_BYTES;
    if end > have && wasm32::memory_grow(0, (end - have + PAGE_BYTES - 1) / PAGE_BYTES) == usize::MAX {
        wasm32::unreachable();
    }
    HEAP.next.set(end);
    start as *mut u8
}

/// Whether a place is where the next memory will be: what ends there can grow without moving.
pub(crate) fn is_next(place: usize) -> bool {
    place == next()
}

fn next() -> usize {
    match HEAP.next.get() {
        // SAFETY: only the address is used.
        0 => unsafe { &__heap_base as *const u8 as usize },
        next => next,
    }
}

/// Lets fetchers use `alloc`.
#[cfg(feature = "allocator")]
mod allocator {
    use core::alloc::{GlobalAlloc, Layout};

    struct Bump;

    #[global_allocator]
    static BUMP: Bump = Bump;

    // SAFETY: memory is handed out once.
    unsafe impl GlobalAlloc for Bump {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            super::reserve(layout.size(), layout.align())
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }
}
