import { open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a file appear whole, in place of an older one, or not at all: on the disk when this resolves. `make` makes it under
 * another name in the same folder.
 */
export async function makeWhole(file: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    await make(temporary);
    await syncFile(temporary);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(path.dirname(file));
}

/** As `makeWhole`, of a text. Links are followed, and what is no file, such as /dev/stdout, is written to as it is. */
export async function writeWhole(name: string, text: string): Promise<void> {
  const found = await stat(name).catch(() => undefined);
  if (found !== undefined && !found.isFile()) return writeFile(name, text);
  const file = found === undefined ? name : await realpath(name);
  await makeWhole(file, (temporary) => writeFile(temporary, text));
}

/** Makes what a file holds durable. */
export function syncFile(file: string): Promise<void> {
  return sync(file, "r+");
}

/** Makes the names in a folder durable: of files that were made, renamed or deleted. Windows opens no folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform !== "win32") await sync(folder, "r");
}

async function sync(at: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(at, flags);
  await handle.sync().finally(() => handle.close());
}
