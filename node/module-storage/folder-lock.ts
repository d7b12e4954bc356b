import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { type ModuleStorageError, openError } from "./errors.ts";

/** SQLITE_BUSY: another connection holds the lock. */
const BUSY = 5;

/**
 * Locks a folder against every other process, and against a second opening in this one, until the returned function is
 * called or the process ends in any way. Node offers no file locks; SQLite's exclusive transaction is one that the system
 * gives back by itself. A file with a process id would not do: ids are reused, and in containers they are all alike.
 */
export function lockFolder(folder: string): () => void {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    database = new DatabaseSync(path.join(folder, "lock"));
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode !== BUSY) throw openError(folder, cause);
    throw new QuorateError<ModuleStorageError>(
      { code: "storage-locked", folder },
      `the modules' storage ${folder} is in use: stop the other node, or give this one a data directory of its own`,
      { cause },
    );
  }
  const locked = database;
  return () => locked.close();
}
