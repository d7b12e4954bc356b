import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import type { Tree } from "../../scripts/check/finding.ts";

/** Writes files (by their paths) into a folder of their own, which is removed when the test file is over. */
export function plantTree(files: Readonly<Record<string, string | Uint8Array>>): Tree {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "quorate-tree-")));
  after(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  }
  return { root, files: Object.keys(files).toSorted() };
}
