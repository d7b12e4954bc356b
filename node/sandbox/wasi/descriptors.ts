import { ConsoleStdout, File, OpenDirectory, OpenFile, wasi, type Fd } from "@bjorn3/browser_wasi_shim";
import type { FileAttributes } from "./dialect.ts";
import type { ReadOnlyFile, ReadOnlyFolder, ReadOnlyNode } from "./read-only-folders.ts";

const INPUT_RIGHTS =
  wasi.RIGHTS_FD_READ | wasi.RIGHTS_FD_FDSTAT_SET_FLAGS | wasi.RIGHTS_FD_FILESTAT_GET | wasi.RIGHTS_POLL_FD_READWRITE;
const OUTPUT_RIGHTS =
  wasi.RIGHTS_FD_WRITE |
  wasi.RIGHTS_FD_FDSTAT_SET_FLAGS |
  wasi.RIGHTS_FD_FILESTAT_GET |
  wasi.RIGHTS_POLL_FD_READWRITE |
  wasi.RIGHTS_FD_SYNC |
  wasi.RIGHTS_FD_DATASYNC;
const FILE_RIGHTS =
  INPUT_RIGHTS |
  wasi.RIGHTS_FD_SEEK |
  wasi.RIGHTS_FD_TELL |
  wasi.RIGHTS_FD_ADVISE |
  wasi.RIGHTS_FD_SYNC |
  wasi.RIGHTS_FD_DATASYNC;
const FOLDER_RIGHTS =
  wasi.RIGHTS_PATH_OPEN |
  wasi.RIGHTS_PATH_READLINK |
  wasi.RIGHTS_PATH_FILESTAT_GET |
  wasi.RIGHTS_FD_READDIR |
  wasi.RIGHTS_FD_FILESTAT_GET |
  wasi.RIGHTS_FD_FDSTAT_SET_FLAGS |
  wasi.RIGHTS_FD_SYNC |
  wasi.RIGHTS_FD_DATASYNC;

const MAX_POSITION = (1n << 63n) - 1n;

/**
 * What may be asked for below a folder. Nothing is ever opened for writing, but a C library asks only for rights that it
 * finds here: without this one, opening a file for writing would succeed and the first write fail.
 */
const INHERITED_RIGHTS = FOLDER_RIGHTS | FILE_RIGHTS | wasi.RIGHTS_FD_WRITE;

export const KNOWN_FDFLAGS =
  wasi.FDFLAGS_APPEND | wasi.FDFLAGS_DSYNC | wasi.FDFLAGS_NONBLOCK | wasi.FDFLAGS_RSYNC | wasi.FDFLAGS_SYNC;

/** What the holder of a descriptor may do. Rights can be given up, never gained. */
export interface Access {
  readonly filetype: number;
  rights: bigint;
  /** Rights that descriptors opened through this one may have. */
  inheriting: bigint;
  /** `fdflags`, as the guest set them. They change nothing: no call here ever blocks or writes to a disk. */
  flags: number;
}

export type Descriptor = Fd & {
  readonly access: Access;
  attributes(): FileAttributes;
  /** Bytes that can be read before the end; absent where nothing is ever read. */
  remaining?(): number;
};

/** Rights asked of a new descriptor; all that its type can have where nothing is said. */
export interface RightsAsked {
  readonly rights: bigint;
  readonly inheriting: bigint;
}

const EVERYTHING: RightsAsked = { rights: -1n, inheriting: -1n };

function access(filetype: number, rights: number, { rights: asked }: RightsAsked = EVERYTHING): Access {
  return { filetype, rights: BigInt(rights) & asked, inheriting: 0n, flags: 0 };
}

/** A regular file of a folder. */
export class OpenedFile extends OpenFile {
  readonly access: Access;

  constructor(file: ReadOnlyFile, asked?: RightsAsked) {
    super(file);
    this.access = access(wasi.FILETYPE_REGULAR_FILE, FILE_RIGHTS, asked);
  }

  attributes(): FileAttributes {
    return { inode: this.file.ino, filetype: this.access.filetype, size: this.file.size };
  }

  /** Beyond what the shim checks: a position has 63 bits. */
  override fd_seek(offset: bigint, whence: number) {
    const before = this.file_pos;
    const result = super.fd_seek(offset, whence);
    if (this.file_pos <= MAX_POSITION) return result;
    this.file_pos = before;
    return { ret: wasi.ERRNO_INVAL, offset: 0n };
  }

  remaining(): number {
    return Math.max(0, this.file.data.length - Number(this.file_pos));
  }
}

/**
 * Stdin holds the envelope. Like stdout and stderr it is of unknown type, which is how WASI shows a pipe: a character
 * device would be taken for a terminal, and a C program would write to it line by line.
 */
export class Stdin extends OpenFile {
  readonly access = access(wasi.FILETYPE_UNKNOWN, INPUT_RIGHTS);

  constructor() {
    super(new File([], { readonly: true }));
  }

  attributes(): FileAttributes {
    return { inode: 0n, filetype: this.access.filetype, size: 0n };
  }

  remaining(): number {
    return this.file.data.length - Number(this.file_pos);
  }
}

export class Output extends ConsoleStdout {
  readonly access = access(wasi.FILETYPE_UNKNOWN, OUTPUT_RIGHTS);

  attributes(): FileAttributes {
    return { inode: 0n, filetype: this.access.filetype, size: 0n };
  }
}

export class OpenedFolder extends OpenDirectory {
  readonly folder: ReadOnlyFolder;
  readonly access: Access;
  /** Name of a folder that was open from the start. */
  readonly preopened: string | undefined;

  constructor(folder: ReadOnlyFolder, { preopened, asked = EVERYTHING }: { preopened?: string; asked?: RightsAsked }) {
    super(folder);
    this.folder = folder;
    this.preopened = preopened;
    this.access = access(wasi.FILETYPE_DIRECTORY, FOLDER_RIGHTS, asked);
    this.access.inheriting = BigInt(INHERITED_RIGHTS) & asked.inheriting;
  }

  attributes(): FileAttributes {
    return { inode: this.folder.ino, filetype: this.access.filetype, size: 0n };
  }

  /** `node` is null where there is none, or where the path leads out of the folder. */
  find(path: string): { readonly errno: number; readonly node: ReadOnlyNode | null } {
    const { ret, inode_obj } = this.path_lookup(path, 0);
    return { errno: ret, node: inode_obj as ReadOnlyNode | null };
  }

  override fd_prestat_get() {
    if (this.preopened === undefined) return { ret: wasi.ERRNO_BADF, prestat: null };
    return { ret: wasi.ERRNO_SUCCESS, prestat: wasi.Prestat.dir(this.preopened) };
  }

  /** The shim would list the whole folder anew for each entry. */
  override fd_readdir_single(cookie: bigint) {
    const entry = this.folder.entries[Number(cookie)];
    const dirent = entry && new wasi.Dirent(cookie + 1n, entry.inode, entry.name, entry.filetype);
    return { ret: wasi.ERRNO_SUCCESS, dirent: dirent ?? null };
  }
}

export function hasRights({ access: { rights } }: Descriptor, needed: number): boolean {
  return (rights & BigInt(needed)) === BigInt(needed);
}
