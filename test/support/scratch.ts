import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";

/** A folder of this test's own, gone when its suite is over. Call inside `describe`, or at the top of a test file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "quorate-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
