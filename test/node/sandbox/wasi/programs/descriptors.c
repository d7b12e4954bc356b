/* The limit of 16 descriptors, of which stdin, stdout, stderr and the folder /data are four, and renumbering. */
#include "check.h"
#include <fcntl.h>
#include <unistd.h>
#include <wasi/libc.h>

int main(void) {
  int fds[16];
  int opened = 0;
  while (opened < 16 && (fds[opened] = open("/data/a.txt", O_RDONLY)) >= 0) opened++;
  int error = errno;
  check("files that can be open beside the four", opened, 12);
  check("errno is EMFILE", error, EMFILE);
  check("the last number", fds[11], 15);
  check("WASI's own number", __WASI_ERRNO_MFILE, 33);
  check("close one", close(7), 0);
  check("open one more", open("/data/a.txt", O_RDONLY), 7);
  CHECK_ERRNO("but no second", open("/data", O_RDONLY | O_DIRECTORY), EMFILE);
  char byte[2] = {0};
  check("read moves on", read(8, byte, 1), 1);
  check("renumber", __wasi_fd_renumber(8, 9), 0);
  check("keeps the position", read(9, byte, 1) == 1 && byte[0] == 'l', 1);
  CHECK_ERRNO("its old number is free", read(8, byte, 1), EBADF);
  check("renumber what is closed", __wasi_fd_renumber(8, 9), __WASI_ERRNO_BADF);
  check("renumber to what is closed", __wasi_fd_renumber(9, 8), __WASI_ERRNO_BADF);
  check("renumber to itself", __wasi_fd_renumber(9, 9), 0);
  check("leaves it open", read(9, byte, 1) == 1 && byte[0] == 'p', 1);
  check("a number beyond all", __wasi_fd_close(-1), __WASI_ERRNO_BADF);
  check("close stdin", close(0), 0);
  check("its number is the lowest free", open("/data/a.txt", O_RDONLY), 0);
  for (int i = 0; i < 1000; i++) {
    int fd = open("/data/a.txt", O_RDONLY);
    if (fd != 8 || close(fd) != 0) printf("not ok open and close %d\n", i);
  }
  check("a folder can be closed", close(3), 0);
  CHECK_ERRNO("and is gone", open("/data/a.txt", O_RDONLY), EBADF);
  return 0;
}
