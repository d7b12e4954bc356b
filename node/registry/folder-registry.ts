import { createHash } from "node:crypto";
import { opendir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { PreopenedFolder } from "../../core/ports/sandbox.ts";
import type { Hex } from "../../core/types/hex.ts";

export type FolderError =
  | { readonly code: "folder-missing"; readonly directory: string }
  | { readonly code: "folder-entry-refused"; readonly directory: string; readonly entry: string }
  | { readonly code: "folder-too-large"; readonly directory: string }
  | {
      readonly code: "folder-digest-mismatch";
      readonly directory: string;
      readonly expected: Hex;
      readonly actual: Hex;
    };

/** Of all folders of one module together: they go to every worker thread. */
const MAX_FILES = 64;
const MAX_BYTES = 1024 * 1024;
/** Files and the folders that hold them: a walk must end, however deep someone nests empty folders. */
const MAX_ENTRIES = 2 * MAX_FILES;
/** Names need no quoting in a digest's list, and sort the same by bytes and by characters. */
const PLAIN_NAME = /^[A-Za-z0-9._-]{1,128}$/;

export interface FolderDeclaration {
  /** As the guest sees it. */
  readonly path: string;
  readonly directory: string;
  readonly sha256: Hex;
}

type FolderFiles = PreopenedFolder["files"];

interface Allowance {
  entries: number;
  files: number;
  bytes: number;
}

/**
 * Reads the folders of one module, their files sorted by path, and holds each against the digest that its manifest declares.
 * @throws QuorateError<FolderError> also for links and whatever else is no plain file: what is read must be what was signed.
 */
export async function loadFolders(declarations: readonly FolderDeclaration[]): Promise<PreopenedFolder[]> {
  const left: Allowance = { entries: MAX_ENTRIES, files: MAX_FILES, bytes: MAX_BYTES };
  const folders: PreopenedFolder[] = [];
  for (const { path: seen, directory, sha256 } of declarations) {
    const files = await readFiles(directory, left);
    requireDigest(files, { directory, sha256 });
    folders.push({ path: seen, files });
  }
  return folders;
}

/** What a manifest has to declare of a folder. @throws QuorateError<FolderError> for what `loadFolders` would not read. */
export async function digestFolder(directory: string): Promise<Hex> {
  return folderDigest(await readFiles(directory, { entries: MAX_ENTRIES, files: MAX_FILES, bytes: MAX_BYTES }));
}

/** sha256 over one line per file, sorted by path: the file's sha256, a space, its path, a line feed. */
export function folderDigest(files: FolderFiles): Hex {
  const list = createHash("sha256");
  for (const file of files) list.update(`${createHash("sha256").update(file.bytes).digest("hex")} ${file.path}\n`);
  return `0x${list.digest("hex")}`;
}

function requireDigest(files: FolderFiles, { directory, sha256 }: Omit<FolderDeclaration, "path">): void {
  const actual = folderDigest(files);
  if (actual === sha256) return;
  throw new QuorateError<FolderError>(
    { code: "folder-digest-mismatch", directory, expected: sha256, actual },
    `${directory} has sha256 ${actual}, its manifest says ${sha256}: restore its files, or take the manifest that belongs to them`,
  );
}

async function readFiles(directory: string, left: Allowance): Promise<FolderFiles> {
  const files: { path: string; bytes: Uint8Array }[] = [];
  for (const name of (await listFiles(directory, left)).sort()) {
    const file = path.join(directory, name);
    // Asked first, so that no large file is read only to be refused.
    if ((await stat(file)).size > left.bytes) throw tooLarge(directory);
    const bytes = await readFile(file);
    left.bytes -= bytes.length;
    if (left.bytes < 0) throw tooLarge(directory);
    files.push({ path: name, bytes });
  }
  return files;
}

/** Paths of all files, relative to the folder. */
async function listFiles(directory: string, left: Allowance): Promise<string[]> {
  const files: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await openFolder(directory, folder)) {
      const name = path.posix.join(folder, entry.name);
      if (!PLAIN_NAME.test(entry.name))
        throw refused(directory, name, "rename it with a-z, A-Z, 0-9, '.', '-' and '_'");
      if (entry.isDirectory()) folders.push(name);
      else if (entry.isFile()) files.push(name);
      else throw refused(directory, name, "it is no plain file: put a copy in its place");
      left.entries -= 1;
      left.files -= entry.isFile() ? 1 : 0;
      if (left.entries < 0 || left.files < 0) throw tooLarge(directory);
    }
  }
  return files;
}

async function openFolder(directory: string, folder: string) {
  try {
    return await opendir(path.join(directory, folder));
  } catch (cause) {
    const message = `cannot read the folder ${directory}: correct \`folders\` in the manifest`;
    throw new QuorateError<FolderError>({ code: "folder-missing", directory }, message, { cause });
  }
}

function refused(directory: string, entry: string, mend: string): QuorateError<FolderError> {
  return new QuorateError<FolderError>(
    { code: "folder-entry-refused", directory, entry },
    `no module can be given ${JSON.stringify(entry)} in ${directory}: ${mend}`,
  );
}

function tooLarge(directory: string): QuorateError<FolderError> {
  return new QuorateError<FolderError>(
    { code: "folder-too-large", directory },
    `with ${directory} the manifest's folders pass ${MAX_FILES} files or ${MAX_BYTES} bytes: give the module less`,
  );
}
