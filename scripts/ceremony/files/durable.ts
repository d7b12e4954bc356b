import { open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a file appear whole or not at all: `write` makes it under another name in the same folder, and it gets its own when
 * it is on the disk.
 */
export async function writeWhole(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    await write(temporary);
    await sync(temporary, "r+");
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Gives a folder of files its name, in place of an earlier folder of that name. All of the new one is on the disk before, and
 * the earlier one is removed after: whenever the machine stops, one of them is there, whole.
 * @param temporary beside `folder`, where an earlier one is put aside as well.
 */
export async function replaceFolder(temporary: string, folder: string): Promise<void> {
  for (const name of await readdir(temporary)) await sync(path.join(temporary, name), "r+");
  await syncFolder(temporary);
  const aside = `${temporary}.old`;
  const replaces = await renameIfThere(folder, aside);
  try {
    await rename(temporary, folder);
  } catch (error) {
    if (replaces) await rename(aside, folder);
    throw error;
  }
  await syncFolder(path.dirname(folder));
  await rm(aside, { recursive: true, force: true });
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Windows opens no folders; there names are on the disk without it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform !== "win32") await sync(folder, "r");
}

async function sync(at: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(at, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
