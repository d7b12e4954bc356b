//! Functions that the host offers besides the two phases. Each is imported only where it is used, and has to be asked for
//! in the manifest: `host: [log, metrics, storage]`.

use crate::{heap, Decimal};

mod imports {
    #[link(wasm_import_module = "quorate")]
    extern "C" {
        pub fn log(level: u32, text: *const u8, length: usize);
        pub fn counter_add(name: *const u8, length: usize, label: *const u8, label_length: usize, amount: u64);
        pub fn gauge_set(name: *const u8, length: usize, label: *const u8, label_length: usize, value: f64);
        pub fn storage_get(key: *const u8, length: usize, buffer: *mut u8, capacity: usize) -> i32;
        pub fn storage_set(key: *const u8, length: usize, value: *const u8, value_length: usize) -> i32;
        pub fn storage_delete(key: *const u8, length: usize) -> i32;
    }
}

/// How much a log line matters.
#[derive(Clone, Copy)]
pub enum Level {
    /// For the author.
    Debug = 0,
    /// For the record.
    Info = 1,
    /// For the operator, some day.
    Warn = 2,
    /// For the operator, now.
    Error = 3,
}

/// Tells the operator something, in one line.
pub fn log(level: Level, line: &str) {
    // SAFETY: here and below, the host reads the bytes before it returns.
    unsafe { imports::log(level as u32, line.as_ptr(), line.len()) }
}

/// Adds to a counter, exported as `wasm_custom_<name>`. `name` is `[a-z][a-z0-9_]{0,47}`; the label may be empty.
pub fn count(name: &str, label: &str, amount: u64) {
    unsafe { imports::counter_add(name.as_ptr(), name.len(), label.as_ptr(), label.len(), amount) }
}

/// Sets a gauge, exported as `wasm_custom_<name>`.
pub fn gauge(name: &str, label: &str, value: Decimal) {
    unsafe { imports::gauge_set(name.as_ptr(), name.len(), label.as_ptr(), label.len(), value.to_f64()) }
}

/// What is stored under a key.
pub fn load(key: &str) -> Option<&'static [u8]> {
    let read = |buffer: *mut u8, capacity| unsafe { imports::storage_get(key.as_ptr(), key.len(), buffer, capacity) };
    let length = usize::try_from(read(core::ptr::null_mut(), 0)).ok()?;
    let buffer = heap::reserve(length, 1);
    read(buffer, length);
    // SAFETY: the host wrote all of it, as the value fits.
    Some(unsafe { core::slice::from_raw_parts(buffer, length) })
}

/// Stores a value, which is kept if this phase succeeds. False where the module's storage is full.
pub fn store(key: &str, value: &[u8]) -> bool {
    unsafe { imports::storage_set(key.as_ptr(), key.len(), value.as_ptr(), value.len()) == 1 }
}

/// Removes a value. False where there was none.
pub fn remove(key: &str) -> bool {
    unsafe { imports::storage_delete(key.as_ptr(), key.len()) == 1 }
}
