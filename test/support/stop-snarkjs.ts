/** Ends the worker threads that snarkjs (through ffjavascript) leaves running, so that the test's process can end. */
export async function stopSnarkjs(): Promise<void> {
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate();
}
