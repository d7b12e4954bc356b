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

/**
 * Has this process, and those that it starts, put what is temporary into a folder of their own, so that what they leave
 * there can be seen: the system's is everybody's. Call as `scratchFolder`.
 */
export function ownTemporaryFolder(): string {
  const folder = scratchFolder();
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  return folder;
}
