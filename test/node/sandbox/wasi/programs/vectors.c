/* Bounds of one read or write. Stdin holds "0123456789". */
#include "check.h"

static __wasi_iovec_t in[1025];
static __wasi_ciovec_t out[1025];
static uint8_t bytes[1025];
static __wasi_size_t moved;

int main(void) {
  for (int i = 0; i < 1025; i++) in[i] = (__wasi_iovec_t){bytes + i, 1};
  check("1025 buffers", __wasi_fd_read(0, in, 1025, &moved), __WASI_ERRNO_INVAL);
  check("1024 buffers", __wasi_fd_read(0, in, 1024, &moved), 0);
  check("read what there is", moved, 10);
  check("in order", memcmp(bytes, "0123456789", 11), 0);
  check("no buffer", __wasi_fd_read(0, in, 0, &moved), 0);
  check("reads nothing", moved, 0);
  for (int i = 0; i < 1025; i++) out[i] = (__wasi_ciovec_t){bytes, 0};
  check("1025 empty buffers", __wasi_fd_write(1, out, 1025, &moved), __WASI_ERRNO_INVAL);
  check("1024 empty buffers", __wasi_fd_write(1, out, 1024, &moved), 0);
  check("write nothing", moved, 0);
  /* 2 MiB, 1024 times over: one byte more than the 2^31 - 1 of one transfer. */
  check("grow to 2 MiB", __builtin_wasm_memory_grow(0, 32 - __builtin_wasm_memory_size(0)) != -1, 1);
  for (int i = 0; i < 1024; i++) in[i] = (__wasi_iovec_t){0, 1 << 21};
  check("2^31 bytes", __wasi_fd_read(0, in, 1024, &moved), __WASI_ERRNO_INVAL);
  in[1023].buf_len--;
  check("2^31 - 1 bytes", __wasi_fd_read(0, in, 1024, &moved), 0);
  for (int i = 0; i < 1024; i++) out[i] = (__wasi_ciovec_t){0, 1 << 21};
  check("write of 2^31 bytes", __wasi_fd_write(1, out, 1024, &moved), __WASI_ERRNO_INVAL);
  return 0;
}
