// What the host offers, as it is imported: the compiler takes the import's module from the name of this file. Pointers and
// lengths of UTF-8 bytes; `host.ts` is meant for use.

export declare function log(level: u32, text: usize, length: usize): void;
export declare function counter_add(name: usize, length: usize, label: usize, labelLength: usize, amount: u64): void;
export declare function gauge_set(name: usize, length: usize, label: usize, labelLength: usize, value: f64): void;
/** @returns the value's length, −1 where there is none; written only if it fits. */
export declare function storage_get(key: usize, length: usize, buffer: usize, capacity: usize): i32;
export declare function storage_set(key: usize, length: usize, value: usize, valueLength: usize): i32;
export declare function storage_delete(key: usize, length: usize): i32;
