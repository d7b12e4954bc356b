/* Stdin, stdout and stderr. Stdin holds "0123456789" and a line feed. */
#include "check.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void input(void) {
  char buffer[16] = {0};
  check("read of a part", read(0, buffer, 4), 4);
  check_text("is the start", buffer, "0123");
  struct iovec two[] = {{buffer, 1}, {buffer + 8, 7}};
  check("readv of the rest", readv(0, two, 2), 7);
  check("fills the first buffer first", buffer[0] == '4' && memcmp(buffer + 8, "56789\n", 6) == 0, 1);
  check("read at the end", read(0, buffer, 16), 0);
  check("read of nothing", read(0, buffer, 0), 0);
  CHECK_ERRNO("lseek on stdin", lseek(0, 0, SEEK_SET), ESPIPE);
  CHECK_ERRNO("pread on stdin", pread(0, buffer, 1, 0), ESPIPE);
  CHECK_ERRNO("write to stdin", write(0, "x", 1), EBADF);
  CHECK_ERRNO("read from stdout", read(1, buffer, 1), EBADF);
  CHECK_ERRNO("pwrite on stdout", pwrite(1, "x", 1, 0), ESPIPE);
}

static void status(__wasi_fd_t fd, uint64_t wanted, uint64_t unwanted) {
  __wasi_fdstat_t stat;
  check("fd_fdstat_get", __wasi_fd_fdstat_get(fd, &stat), 0);
  check("a pipe's type", stat.fs_filetype, __WASI_FILETYPE_UNKNOWN);
  check("no flags", stat.fs_flags, 0);
  check("has its rights", stat.fs_rights_base & wanted, wanted);
  check("and no others", stat.fs_rights_base & unwanted, 0);
  check("hands none on", stat.fs_rights_inheriting, 0);
  check("is no terminal", isatty(fd), 0);
  struct stat file;
  check("fstat", fstat(fd, &file), 0);
  check("size 0", file.st_size, 0);
  check("fcntl(F_SETFL, O_NONBLOCK)", fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  check("fcntl(F_GETFL)", fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  check("fd_fdstat_set_flags of an unknown flag", __wasi_fd_fdstat_set_flags(fd, 1 << 5), __WASI_ERRNO_INVAL);
  check("fcntl(F_SETFL, 0)", fcntl(fd, F_SETFL, 0), 0);
  check("fsync", fsync(fd), 0);
  check("fdatasync", fdatasync(fd), 0);
  __wasi_prestat_t prestat;
  check("is not preopened", __wasi_fd_prestat_get(fd, &prestat), __WASI_ERRNO_BADF);
}

static void rights(void) {
  __wasi_fdstat_t stat;
  check("fd_fdstat_get of stderr", __wasi_fd_fdstat_get(2, &stat), 0);
  check("rights cannot be gained", __wasi_fd_fdstat_set_rights(2, ~0ull, 0), __WASI_ERRNO_NOTCAPABLE);
  check("nor handed on", __wasi_fd_fdstat_set_rights(2, 0, 1), __WASI_ERRNO_NOTCAPABLE);
  uint64_t fewer = stat.fs_rights_base & ~__WASI_RIGHTS_FD_WRITE;
  check("rights can be given up", __wasi_fd_fdstat_set_rights(2, fewer, 0), 0);
  CHECK_ERRNO("and are gone", write(2, "x", 1), EBADF);
  check("for ever", __wasi_fd_fdstat_set_rights(2, stat.fs_rights_base, 0), __WASI_ERRNO_NOTCAPABLE);
}

int main(void) {
  input();
  status(0, __WASI_RIGHTS_FD_READ, __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL);
  status(1, __WASI_RIGHTS_FD_WRITE, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL);
  status(2, __WASI_RIGHTS_FD_WRITE, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL);
  fprintf(stderr, "first %d\nsecond", 1);
  fprintf(stderr, " line\n\nlast, without an end");
  rights();
  struct iovec parts[] = {{"ok wri", 6}, {"", 0}, {"tev\n", 4}};
  fflush(stdout);
  check("writev", writev(1, parts, 3), 10);
  return 0;
}
