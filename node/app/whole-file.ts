import { open, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** Makes a file appear whole, in place of an older one, or not at all: on the disk when this resolves. */
export async function writeWhole(file: string, text: string): Promise<void> {
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
