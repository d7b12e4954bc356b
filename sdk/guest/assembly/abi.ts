// ABI fetcher/1, reactor shape: the host asks for memory, writes the input there and calls a phase, which answers a place
// and a length packed into 64 bits. Each phase of each round gets a fresh instance, so nothing is ever freed.

/** Memory for the input. Every fetcher exports this function. */
export function alloc(size: usize): usize {
  return heap.alloc(size);
}

/** Packs a text as the answer of a phase. */
export function answer(text: string): u64 {
  const bytes = String.UTF8.encode(text);
  return ((changetype<usize>(bytes) as u64) << 32) | (bytes.byteLength as u64);
}
