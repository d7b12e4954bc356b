import { open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a file appear whole, in place of an older one, or not at all: on the disk when this resolves. Links are followed, and
 * what is no file, such as /dev/stdout, is written to as it is.
 */
export async function writeWhole(name: string, text: string): Promise<void> {
  const found = await stat(name).catch(() => undefined);
  if (found !== undefined && !found.isFile()) return writeFile(name, text);
  const file = found === undefined ? name : await realpath(name);
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    await writeFile(temporary, text, { flush: true });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(path.dirname(file));
}

/** Makes the names in a folder durable: of files that were made, renamed or deleted. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // it opens no folders
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
