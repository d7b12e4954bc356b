import { I32, I64, type FunctionType } from "../wasm/wasm-types.ts";

/** Both generations of WASI's first preview. The older one, snapshot 0, is imported under its own name. */
export type WasiModule = "wasi_snapshot_preview1" | "wasi_unstable";

type Signatures = Readonly<Record<string, FunctionType>>;

/** All functions but `proc_exit` answer an errno. */
function errno(...params: readonly number[]): FunctionType {
  return { params, results: [I32] };
}

/** Functions that both generations have, with the same types. Source: WASI's `legacy/preview{0,1}/witx`. */
const SHARED: Signatures = {
  args_get: errno(I32, I32),
  args_sizes_get: errno(I32, I32),
  environ_get: errno(I32, I32),
  environ_sizes_get: errno(I32, I32),
  clock_res_get: errno(I32, I32),
  clock_time_get: errno(I32, I64, I32),
  fd_advise: errno(I32, I64, I64, I32),
  fd_allocate: errno(I32, I64, I64),
  fd_close: errno(I32),
  fd_datasync: errno(I32),
  fd_fdstat_get: errno(I32, I32),
  fd_fdstat_set_flags: errno(I32, I32),
  fd_fdstat_set_rights: errno(I32, I64, I64),
  fd_filestat_get: errno(I32, I32),
  fd_filestat_set_size: errno(I32, I64),
  fd_filestat_set_times: errno(I32, I64, I64, I32),
  fd_pread: errno(I32, I32, I32, I64, I32),
  fd_prestat_get: errno(I32, I32),
  fd_prestat_dir_name: errno(I32, I32, I32),
  fd_pwrite: errno(I32, I32, I32, I64, I32),
  fd_read: errno(I32, I32, I32, I32),
  fd_readdir: errno(I32, I32, I32, I64, I32),
  fd_renumber: errno(I32, I32),
  fd_seek: errno(I32, I64, I32, I32),
  fd_sync: errno(I32),
  fd_tell: errno(I32, I32),
  fd_write: errno(I32, I32, I32, I32),
  path_create_directory: errno(I32, I32, I32),
  path_filestat_get: errno(I32, I32, I32, I32, I32),
  path_filestat_set_times: errno(I32, I32, I32, I32, I64, I64, I32),
  path_link: errno(I32, I32, I32, I32, I32, I32, I32),
  path_open: errno(I32, I32, I32, I32, I32, I64, I64, I32, I32),
  path_readlink: errno(I32, I32, I32, I32, I32, I32),
  path_remove_directory: errno(I32, I32, I32),
  path_rename: errno(I32, I32, I32, I32, I32, I32),
  path_symlink: errno(I32, I32, I32, I32, I32),
  path_unlink_file: errno(I32, I32, I32),
  poll_oneoff: errno(I32, I32, I32, I32),
  proc_exit: { params: [I32], results: [] },
  proc_raise: errno(I32),
  random_get: errno(I32, I32),
  sched_yield: errno(),
  sock_recv: errno(I32, I32, I32, I32, I32, I32),
  sock_send: errno(I32, I32, I32, I32, I32),
  sock_shutdown: errno(I32, I32),
};

/** What a module may import from WASI, by name and type. */
export const WASI_SIGNATURES: Readonly<Record<WasiModule, Signatures>> = {
  wasi_snapshot_preview1: { ...SHARED, sock_accept: errno(I32, I32, I32) },
  wasi_unstable: SHARED,
};
