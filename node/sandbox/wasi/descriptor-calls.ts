import { wasi } from "@bjorn3/browser_wasi_shim";
import type { HostFunction } from "../wasm/web-assembly.ts";
import { KNOWN_FDFLAGS, OpenedFolder } from "./descriptors.ts";
import { writeFilestat, type Dialect } from "./dialect.ts";
import { transfer } from "./transfer.ts";
import type { WasiState } from "./wasi-state.ts";
import { WASI_PRICES } from "./limits.ts";

const FDSTAT_BYTES = 24;
const PRESTAT_BYTES = 8;
/** The session counts bytes in 32 bits. */
const MAX_PRICE = 0xffff_ffff;
/** A directory entry's record without its name. */
const DIRENT_BYTES = 24;

const ok = () => wasi.ERRNO_SUCCESS;

/** Functions on an open descriptor. One that lacks the right for a call answers `notcapable`, which C libraries translate. */
export function descriptorCalls(state: WasiState): Record<string, HostFunction> {
  return {
    ...transferCalls(state),
    ...positionCalls(state),
    ...statusCalls(state),
    ...refusedCalls(state),
    ...folderCalls(state),
    fd_close: (fd: number) => state.table.close(fd),
    fd_renumber: (from: number, to: number) => state.table.renumber(from, to),
  };
}

type ReadArguments = [fd: number, vectors: number, count: number, result: number];
type PositionedArguments = [fd: number, vectors: number, count: number, offset: bigint, result: number];

function transferCalls(state: WasiState): Record<string, HostFunction> {
  return {
    fd_read: (...[fd, vectors, count, result]: ReadArguments) =>
      state.table.use(fd, wasi.RIGHTS_FD_READ, (descriptor) =>
        transfer(
          state,
          { vectors, count, result },
          {
            available: descriptor.remaining?.() ?? 0,
            move: (buffer) => received(buffer, descriptor.fd_read(buffer.length)),
          },
        ),
      ),
    fd_pread: (...[fd, vectors, count, offset, result]: PositionedArguments) =>
      state.table.use(fd, wasi.RIGHTS_FD_READ | wasi.RIGHTS_FD_SEEK, (descriptor) => {
        let position = offset;
        return transfer(
          state,
          { vectors, count, result },
          {
            available: Math.max(0, Number(descriptor.attributes().size) - Number(offset)),
            move(buffer) {
              const part = received(buffer, descriptor.fd_pread(buffer.length, position));
              position += BigInt(part.moved);
              return part;
            },
          },
        );
      }),
    fd_write: (...[fd, vectors, count, result]: ReadArguments) =>
      state.table.use(fd, wasi.RIGHTS_FD_WRITE, (descriptor) =>
        transfer(
          state,
          { vectors, count, result },
          {
            available: Infinity,
            move(buffer) {
              const { ret, nwritten } = descriptor.fd_write(buffer);
              return { errno: ret, moved: nwritten };
            },
          },
        ),
      ),
  };
}

function received(buffer: Uint8Array, { ret, data }: { readonly ret: number; readonly data: Uint8Array }) {
  buffer.set(data);
  return { errno: ret, moved: data.length };
}

function positionCalls(state: WasiState): Record<string, HostFunction> {
  return {
    fd_tell: (fd: number, result: number) =>
      state.table.use(fd, wasi.RIGHTS_FD_TELL, () => {
        state.session.bytes(result, 8);
        return state.shim.wasiImport.fd_tell(fd, result);
      }),
    fd_advise: (...[fd, , , advice]: [number, bigint, bigint, number]) =>
      state.table.use(fd, wasi.RIGHTS_FD_ADVISE, () =>
        advice <= wasi.ADVICE_NOREUSE ? wasi.ERRNO_SUCCESS : wasi.ERRNO_INVAL,
      ),
  };
}

/** Everything is in memory, so what is to be written to a disk is. */
function statusCalls(state: WasiState): Record<string, HostFunction> {
  return {
    fd_sync: (fd: number) => state.table.use(fd, 0, ok),
    fd_datasync: (fd: number) => state.table.use(fd, 0, ok),
    fd_fdstat_get: (fd: number, result: number) =>
      state.table.use(fd, 0, ({ access }) => {
        state.session.bytes(result, FDSTAT_BYTES).fill(0);
        const view = state.view(result, FDSTAT_BYTES);
        view.setUint8(0, access.filetype);
        view.setUint16(2, access.flags, true);
        view.setBigUint64(8, access.rights, true);
        view.setBigUint64(16, access.inheriting, true);
        return wasi.ERRNO_SUCCESS;
      }),
    fd_fdstat_set_flags: (fd: number, flags: number) =>
      state.table.use(fd, wasi.RIGHTS_FD_FDSTAT_SET_FLAGS, ({ access }) => {
        if ((flags & ~KNOWN_FDFLAGS) !== 0) return wasi.ERRNO_INVAL;
        access.flags = flags;
        return wasi.ERRNO_SUCCESS;
      }),
    fd_fdstat_set_rights: (fd: number, rights: bigint, inheriting: bigint) =>
      state.table.use(fd, 0, ({ access }) => {
        const isMore = (rights & ~access.rights) !== 0n || (inheriting & ~access.inheriting) !== 0n;
        if (isMore) return wasi.ERRNO_NOTCAPABLE;
        Object.assign(access, { rights, inheriting });
        return wasi.ERRNO_SUCCESS;
      }),
  };
}

/** Nothing can be changed. No descriptor has the rights for these, so the shim's own versions are never reached. */
function refusedCalls(state: WasiState): Record<string, HostFunction> {
  const refused = (right: number) => (fd: number) => state.table.use(fd, right, () => wasi.ERRNO_NOTSUP);
  const notSocket = (fd: number) => state.table.use(fd, 0, () => wasi.ERRNO_NOTSOCK);
  return {
    fd_allocate: refused(wasi.RIGHTS_FD_ALLOCATE),
    fd_filestat_set_size: refused(wasi.RIGHTS_FD_FILESTAT_SET_SIZE),
    fd_filestat_set_times: refused(wasi.RIGHTS_FD_FILESTAT_SET_TIMES),
    fd_pwrite: refused(wasi.RIGHTS_FD_WRITE | wasi.RIGHTS_FD_SEEK),
    sock_accept: notSocket,
    sock_recv: notSocket,
    sock_send: notSocket,
    sock_shutdown: notSocket,
  };
}

function folderCalls(state: WasiState): Record<string, HostFunction> {
  const { session } = state;
  return {
    fd_prestat_get: (fd: number, result: number) =>
      state.table.use(fd, 0, (descriptor) => {
        session.bytes(result, PRESTAT_BYTES).fill(0);
        if (!(descriptor instanceof OpenedFolder)) return wasi.ERRNO_BADF;
        return state.shim.wasiImport.fd_prestat_get(fd, result);
      }),
    fd_prestat_dir_name: (fd: number, pointer: number, length: number) =>
      state.table.use(fd, 0, (descriptor) => {
        session.charge(length);
        session.bytes(pointer, length);
        if (!(descriptor instanceof OpenedFolder)) return wasi.ERRNO_BADF;
        return state.shim.wasiImport.fd_prestat_dir_name(fd, pointer, length);
      }),
    fd_readdir: (...[fd, pointer, length, cookie, result]: [number, number, number, bigint, number]) =>
      state.table.use(fd, wasi.RIGHTS_FD_READDIR, (descriptor) => {
        if (!(descriptor instanceof OpenedFolder)) return wasi.ERRNO_NOTDIR;
        const entries = Math.min(descriptor.folder.entries.length, Math.ceil(length / DIRENT_BYTES));
        session.charge(Math.min(entries * WASI_PRICES.directoryEntry, MAX_PRICE));
        session.bytes(pointer, length);
        session.bytes(result, 4);
        return state.shim.wasiImport.fd_readdir(fd, pointer, length, cookie, result);
      }),
  };
}

/** The functions on descriptors whose records or numbers the generations lay out differently. */
export function dialectCalls(state: WasiState, dialect: Dialect): Record<string, HostFunction> {
  return {
    fd_filestat_get: (fd: number, result: number) =>
      state.table.use(fd, wasi.RIGHTS_FD_FILESTAT_GET, (descriptor) => {
        writeFilestat(dialect, state.session.bytes(result, dialect.filestat.bytes), descriptor.attributes());
        return wasi.ERRNO_SUCCESS;
      }),
    fd_seek(...[fd, offset, from, result]: [number, bigint, number, number]) {
      const whence = dialect.whence[from];
      const signed = BigInt.asIntN(64, offset);
      const isTell = whence === wasi.WHENCE_CUR && offset === 0n;
      return state.table.use(fd, isTell ? wasi.RIGHTS_FD_TELL : wasi.RIGHTS_FD_SEEK, () => {
        state.session.bytes(result, 8);
        if (whence === undefined) return wasi.ERRNO_INVAL;
        return state.shim.wasiImport.fd_seek(fd, signed, whence, result);
      });
    },
  };
}
