import { readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { syncFile, syncFolder } from "../../../node/app/whole-file.ts";

/**
 * Gives a folder of files its name, in place of an earlier folder of that name. All of the new one is on the disk before, and
 * the earlier one is removed after: whenever the machine stops, one of them is there, whole.
 * @param temporary beside `folder`, where an earlier one is put aside as well.
 */
export async function replaceFolder(temporary: string, folder: string): Promise<void> {
  for (const name of await readdir(temporary)) await syncFile(path.join(temporary, name));
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
