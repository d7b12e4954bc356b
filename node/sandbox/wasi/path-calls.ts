import { isUtf8 } from "node:buffer";
import { wasi } from "@bjorn3/browser_wasi_shim";
import type { HostFunction } from "../wasm/web-assembly.ts";
import {
  hasRights,
  KNOWN_FDFLAGS,
  OpenedFile,
  OpenedFolder,
  type Descriptor,
  type RightsAsked,
} from "./descriptors.ts";
import { writeFilestat, type Dialect } from "./dialect.ts";
import { WASI_LIMITS, WASI_PRICES } from "./limits.ts";
import { ReadOnlyFolder, type ReadOnlyNode } from "./read-only-folders.ts";
import type { WasiState } from "./wasi-state.ts";

/** A path of the guest: the folder that it starts from, and its bytes. */
type Place = readonly [fd: number, pointer: number, length: number];

/** A path after its checks. It may name nothing. */
interface Found {
  readonly folder: OpenedFolder;
  readonly errno: number;
  readonly node: ReadOnlyNode | null;
}

/** Functions on paths below an opened folder. All that would change something answers `rofs`. */
export function pathCalls(state: WasiState): Record<string, HostFunction> {
  const rofs = (...place: Place) => at(state, place, readOnly);
  return {
    path_create_directory: rofs,
    path_remove_directory: rofs,
    path_unlink_file: rofs,
    path_filestat_set_times: (...[fd, , pointer, length]: [number, number, number, number]) =>
      at(state, [fd, pointer, length], readOnly),
    path_link: (...[from, , old, oldLength, to, pointer, length]: [number, number, ...[number, number], ...Place]) =>
      both(state, [from, old, oldLength], [to, pointer, length]),
    path_rename: (...[from, old, oldLength, to, pointer, length]: [...Place, ...Place]) =>
      both(state, [from, old, oldLength], [to, pointer, length]),
    path_symlink(...[target, targetLength, fd, pointer, length]: [number, number, ...Place]) {
      state.session.bytes(target, targetLength);
      return at(state, [fd, pointer, length], readOnly);
    },
    path_readlink(...[fd, pointer, length, buffer, size, result]: [...Place, number, number, number]) {
      state.session.bytes(buffer, size);
      state.session.bytes(result, 4);
      const notLink = ({ folder, errno, node }: Found) => {
        if (!hasRights(folder, wasi.RIGHTS_PATH_READLINK)) return wasi.ERRNO_NOTCAPABLE;
        return node === null ? errno : wasi.ERRNO_INVAL;
      };
      return at(state, [fd, pointer, length], notLink);
    },
    path_open: openCall(state),
  };
}

/** `path_filestat_get`, whose record the generations lay out differently. */
export function pathDialectCalls(state: WasiState, dialect: Dialect): Record<string, HostFunction> {
  return {
    path_filestat_get: (...[fd, , pointer, length, result]: [number, number, number, number, number]) =>
      at(state, [fd, pointer, length], ({ folder, errno, node }) => {
        const target = state.session.bytes(result, dialect.filestat.bytes);
        if (!hasRights(folder, wasi.RIGHTS_PATH_FILESTAT_GET)) return wasi.ERRNO_NOTCAPABLE;
        if (node === null) return errno;
        writeFilestat(dialect, target, { inode: node.ino, filetype: node.filetype, size: node.size });
        return wasi.ERRNO_SUCCESS;
      }),
  };
}

/** Checks a path, looks it up and runs `action` on what was found. Charged by length before it is read. */
function at(state: WasiState, [fd, pointer, length]: Place, action: (found: Found) => number): number {
  if (length > WASI_LIMITS.pathBytes) return wasi.ERRNO_NAMETOOLONG;
  state.session.charge(WASI_PRICES.path + length * WASI_PRICES.pathByte);
  const bytes = state.session.bytes(pointer, length);
  const folder = state.table.get(fd);
  if (folder === undefined) return wasi.ERRNO_BADF;
  if (!(folder instanceof OpenedFolder)) return wasi.ERRNO_NOTDIR;
  if (!isUtf8(bytes)) return wasi.ERRNO_ILSEQ;
  if (length === 0) return wasi.ERRNO_NOENT;
  const { errno, node } = folder.find(Buffer.from(bytes).toString("utf8"));
  // What leads out of the folder, or is no path, is refused whatever was to be done with it.
  if (errno === wasi.ERRNO_NOTCAPABLE || errno === wasi.ERRNO_INVAL) return errno;
  return action({ folder, errno, node });
}

const readOnly = () => wasi.ERRNO_ROFS;

function both(state: WasiState, from: Place, to: Place): number {
  return at(state, from, ({ errno, node }) => (node === null ? errno : at(state, to, readOnly)));
}

const KNOWN_OFLAGS = wasi.OFLAGS_CREAT | wasi.OFLAGS_DIRECTORY | wasi.OFLAGS_EXCL | wasi.OFLAGS_TRUNC;

type OpenArguments = [
  fd: number,
  lookup: number,
  path: number,
  length: number,
  oflags: number,
  rights: bigint,
  inheriting: bigint,
  fdflags: number,
  result: number,
];

function openCall(state: WasiState): HostFunction {
  return (...[fd, , path, length, oflags, rights, inheriting, fdflags, result]: OpenArguments) =>
    at(state, [fd, path, length], ({ folder, errno, node }) => {
      const stored = state.view(result, 4);
      if (!hasRights(folder, wasi.RIGHTS_PATH_OPEN)) return wasi.ERRNO_NOTCAPABLE;
      if ((oflags & ~KNOWN_OFLAGS) !== 0 || (fdflags & ~KNOWN_FDFLAGS) !== 0) return wasi.ERRNO_INVAL;
      if (node === null) return errno === wasi.ERRNO_NOENT && has(oflags, wasi.OFLAGS_CREAT) ? wasi.ERRNO_ROFS : errno;
      const refusal = openRefusal(node, oflags, rights);
      if (refusal !== wasi.ERRNO_SUCCESS) return refusal;
      const asked = { rights: rights & folder.access.inheriting, inheriting: inheriting & folder.access.inheriting };
      const opened = open(node, asked);
      opened.access.flags = fdflags;
      const number = state.table.add(opened);
      if (number === undefined) return wasi.ERRNO_MFILE;
      stored.setUint32(0, number, true);
      return wasi.ERRNO_SUCCESS;
    });
}

/** Why what exists cannot be opened in this way. */
function openRefusal(node: ReadOnlyNode, oflags: number, rights: bigint): number {
  const isFolder = node instanceof ReadOnlyFolder;
  if (has(oflags, wasi.OFLAGS_CREAT | wasi.OFLAGS_EXCL)) return wasi.ERRNO_EXIST;
  if (has(oflags, wasi.OFLAGS_DIRECTORY) && !isFolder) return wasi.ERRNO_NOTDIR;
  const isWritten = has(oflags, wasi.OFLAGS_TRUNC) || (rights & BigInt(wasi.RIGHTS_FD_WRITE)) !== 0n;
  if (!isWritten) return wasi.ERRNO_SUCCESS;
  return isFolder ? wasi.ERRNO_ISDIR : wasi.ERRNO_ROFS;
}

function open(node: ReadOnlyNode, asked: RightsAsked): Descriptor {
  return node instanceof ReadOnlyFolder ? new OpenedFolder(node, { asked }) : new OpenedFile(node, asked);
}

function has(flags: number, all: number): boolean {
  return (flags & all) === all;
}
