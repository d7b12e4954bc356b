import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { StorageBoundError } from "../../core/ports/storage-space.ts";

export type ModuleStorageError =
  | StorageBoundError
  | { readonly code: "storage-locked"; readonly folder: string }
  | { readonly code: "storage-unusable"; readonly folder: string }
  | { readonly code: "storage-layout"; readonly folder: string }
  | { readonly code: "storage-layout-invalid" }
  | { readonly code: "storage-disk-full" }
  | { readonly code: "storage-write-failed" }
  | { readonly code: "storage-full"; readonly modules: number }
  | { readonly code: "storage-busy"; readonly waiting: number }
  | { readonly code: "storage-closed" };

/** What a failure of the disk becomes. */
export function diskError(cause: unknown): QuorateError<ModuleStorageError> {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const mend = "the disk with the modules' storage is full: make room; what was stored before is unharmed";
    return new QuorateError<ModuleStorageError>({ code: "storage-disk-full" }, mend, { cause });
  }
  const mend = `the modules' storage cannot be written (${message}): check the disk; what was stored before is unharmed`;
  return new QuorateError<ModuleStorageError>({ code: "storage-write-failed" }, mend, { cause });
}

/** What keeps the storage from being opened. */
export function openError(folder: string, cause: unknown): QuorateError<ModuleStorageError> {
  const error = diskError(cause);
  if (error.code === "storage-disk-full") return error;
  return new QuorateError<ModuleStorageError>(
    { code: "storage-unusable", folder },
    `the modules' storage ${folder} cannot be opened: check that it is writable and used by this node alone`,
    { cause },
  );
}

export function storageFull(modules: number): QuorateError<ModuleStorageError> {
  return new QuorateError<ModuleStorageError>(
    { code: "storage-full", modules },
    `${modules} modules have something stored already: restart the node, which forgets those that no manifest names`,
  );
}
