//! What a fetcher imports. A fetcher is two pure functions: `requests` says which sources to read, `observe` turns the
//! answers into one number or a coded failure. The host reads the sources between the two.
//!
//! ```ignore
//! #![no_std]
//! use quorate_guest::{fetcher, Decimal, Failure, Input, Requests};
//!
//! fetcher!(requests, observe);
//!
//! fn requests(input: &Input, list: &mut Requests) {
//!     list.get("book", &["/", input.param("symbol")]);
//! }
//!
//! fn observe(input: &Input) -> Result<Decimal, Failure> {
//!     let last = input.response(0).json().get("last").decimal();
//!     last.ok_or(Failure::new("no-price", "no last price"))
//! }
//! ```
//!
//! Neither `std` nor `alloc` is used, nor anything newer than Rust 1.63. Each phase of each round gets a fresh instance, so
//! memory (`heap`) is never given back. The target is wasm32, in one thread.

#![no_std]
#![warn(missing_docs)]

mod decimal;
mod envelope;
pub mod heap;
pub mod host;
mod json;
mod outcome;
#[doc(hidden)]
pub mod phase;
mod text;
mod wide;

pub use decimal::{median, Decimal};
pub use envelope::{Input, Response, MAX_RESPONSES};
pub use json::{Elements, Json};
pub use outcome::{Failure, Requests};
pub use text::Text;

/// Exports the two phases: `fn(&Input, &mut Requests)` and `fn(&Input) -> Result<Decimal, Failure>`.
#[macro_export]
macro_rules! fetcher {
    ($requests:path, $observe:path) => {
        #[export_name = "alloc"]
        extern "C" fn quorate_alloc(size: usize) -> *mut u8 {
            $crate::heap::reserve(size, 16)
        }

        #[export_name = "requests"]
        unsafe extern "C" fn quorate_requests(pointer: *const u8, length: usize) -> u64 {
            $crate::phase::requests($crate::phase::input(pointer, length), $requests)
        }

        #[export_name = "observe"]
        unsafe extern "C" fn quorate_observe(pointer: *const u8, length: usize) -> u64 {
            $crate::phase::observe($crate::phase::input(pointer, length), $observe)
        }
    };
}

#[cfg(feature = "panic-handler")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
