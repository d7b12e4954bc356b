import { open, rename, rm } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a file appear whole or not at all: `write` makes it under another name in the same folder, and it gets its own when
 * it is on the disk.
 */
export async function writeWhole(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    await write(temporary);
    const handle = await open(temporary, "r+");
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
