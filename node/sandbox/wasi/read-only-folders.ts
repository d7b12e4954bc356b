import { Directory, File, wasi } from "@bjorn3/browser_wasi_shim";
import type { PreopenedFolder } from "../../../core/ports/sandbox.ts";

export interface FolderRoot {
  /** Absolute, as the guest sees it. */
  readonly path: string;
  readonly root: ReadOnlyFolder;
}

export type ReadOnlyNode = ReadOnlyFile | ReadOnlyFolder;

export class ReadOnlyFile extends File {
  readonly filetype = wasi.FILETYPE_REGULAR_FILE;

  constructor(inode: bigint, bytes: Uint8Array) {
    // The shim would copy bytes that it is given here.
    super([], { readonly: true });
    this.data = bytes;
    this.ino = inode;
  }
}

export interface FolderEntry {
  readonly name: string;
  readonly inode: bigint;
  readonly filetype: number;
}

/** A folder whose entries never change, so they are listed once. */
export class ReadOnlyFolder extends Directory {
  readonly filetype = wasi.FILETYPE_DIRECTORY;
  readonly size = 0n;
  readonly #nodes: ReadonlyMap<string, ReadOnlyNode>;
  #entries: readonly FolderEntry[] | undefined;

  constructor(inode: bigint, nodes: Map<string, ReadOnlyNode>) {
    super(nodes);
    this.#nodes = nodes;
    this.ino = inode;
  }

  /** With `.` and `..`; the parent of a folder that was open from the start is inode 0. */
  get entries(): readonly FolderEntry[] {
    this.#entries ??= [
      { name: ".", inode: this.ino, filetype: wasi.FILETYPE_DIRECTORY },
      { name: "..", inode: this.parent_ino(), filetype: wasi.FILETYPE_DIRECTORY },
      ...[...this.#nodes].map(([name, { ino: inode, filetype }]) => ({ name, inode, filetype })),
    ];
    return this.#entries;
  }
}

interface Branch {
  readonly folders: Map<string, Branch>;
  readonly files: Map<string, Uint8Array>;
}

/** Nothing in a tree ever changes, so all instances of a program share it. */
const treeOfFolders = new WeakMap<readonly PreopenedFolder[], readonly FolderRoot[]>();

/**
 * The folders as the shim keeps them: entries sorted by name, inodes numbered from 1 in that order. The shim's own numbers
 * count all files of the process, so a guest could tell one run from the next by them.
 */
export function folderRoots(folders: readonly PreopenedFolder[]): readonly FolderRoot[] {
  const known = treeOfFolders.get(folders);
  if (known !== undefined) return known;
  const numbers = { next: 1n };
  const roots = folders.map(({ path, files }) => ({ path, root: plant(branchOf(files), numbers) }));
  treeOfFolders.set(folders, roots);
  return roots;
}

function branchOf(files: PreopenedFolder["files"]): Branch {
  const root: Branch = { folders: new Map(), files: new Map() };
  for (const { path, bytes } of files) {
    const names = path.split("/");
    const name = names.pop() ?? path;
    names.reduce(folderIn, root).files.set(name, bytes);
  }
  return root;
}

function folderIn({ folders }: Branch, name: string): Branch {
  const folder = folders.get(name) ?? { folders: new Map(), files: new Map() };
  folders.set(name, folder);
  return folder;
}

function plant({ folders, files }: Branch, numbers: { next: bigint }): ReadOnlyFolder {
  const inode = numbers.next++;
  const nodes = new Map<string, ReadOnlyNode>();
  for (const name of [...new Set([...folders.keys(), ...files.keys()])].sort()) {
    const folder = folders.get(name);
    const bytes = files.get(name) ?? new Uint8Array();
    nodes.set(name, folder === undefined ? new ReadOnlyFile(numbers.next++, bytes) : plant(folder, numbers));
  }
  return new ReadOnlyFolder(inode, nodes);
}
