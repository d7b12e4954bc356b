/* Nothing below /data can be changed. It holds "a.txt" and "deep/b". */
#include "check.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void opening(void) {
  CHECK_ERRNO("open to write", open("/data/a.txt", O_WRONLY), EROFS);
  CHECK_ERRNO("open to read and write", open("/data/a.txt", O_RDWR), EROFS);
  CHECK_ERRNO("open to append", open("/data/a.txt", O_WRONLY | O_APPEND), EROFS);
  CHECK_ERRNO("open to truncate", open("/data/a.txt", O_RDONLY | O_TRUNC), EROFS);
  CHECK_ERRNO("create", open("/data/new", O_WRONLY | O_CREAT, 0644), EROFS);
  CHECK_ERRNO("create and read", open("/data/new", O_RDONLY | O_CREAT, 0644), EROFS);
  CHECK_ERRNO("create what exists", open("/data/a.txt", O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  CHECK_ERRNO("open a folder to write", open("/data/deep", O_WRONLY), EISDIR);
  check("fopen to write", fopen("/data/a.txt", "w") == NULL, 1);
  __wasi_fd_t fd;
  check("a folder with all rights", __wasi_path_open(3, 0, "deep", __WASI_OFLAGS_DIRECTORY, ~0ull, ~0ull, 0, &fd), __WASI_ERRNO_ISDIR);
  check("open of what exists may create", __wasi_path_open(3, 0, "a.txt", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_READ, 0, 0, &fd), 0);
  check("close", close(fd), 0);
}

static void paths(void) {
  CHECK_ERRNO("mkdir", mkdir("/data/new", 0755), EROFS);
  CHECK_ERRNO("rmdir", rmdir("/data/deep"), EROFS);
  CHECK_ERRNO("unlink", unlink("/data/a.txt"), EROFS);
  CHECK_ERRNO("rename", rename("/data/a.txt", "/data/b.txt"), EROFS);
  CHECK_ERRNO("rename of nothing", rename("/data/none", "/data/b.txt"), ENOENT);
  CHECK_ERRNO("link", link("/data/a.txt", "/data/b.txt"), EROFS);
  CHECK_ERRNO("symlink", symlink("a.txt", "/data/b.txt"), EROFS);
  CHECK_ERRNO("utimensat", utimensat(AT_FDCWD, "/data/a.txt", NULL, 0), EROFS);
  check("mkdir outside", __wasi_path_create_directory(3, "../new"), __WASI_ERRNO_NOTCAPABLE);
  check("rename to the outside", __wasi_path_rename(3, "a.txt", 3, "../b"), __WASI_ERRNO_NOTCAPABLE);
  check("unlink below a pipe", __wasi_path_unlink_file(0, "a"), __WASI_ERRNO_NOTDIR);
  check("unlink below nothing", __wasi_path_unlink_file(15, "a"), __WASI_ERRNO_BADF);
}

static void descriptors(void) {
  int fd = open("/data/a.txt", O_RDONLY);
  CHECK_ERRNO("write", write(fd, "x", 1), EBADF);
  CHECK_ERRNO("pwrite", pwrite(fd, "x", 1, 0), EBADF);
  check("fd_allocate", __wasi_fd_allocate(fd, 0, 100), __WASI_ERRNO_NOTCAPABLE);
  check("fd_filestat_set_size", __wasi_fd_filestat_set_size(fd, 0), __WASI_ERRNO_NOTCAPABLE);
  check("fd_filestat_set_times", __wasi_fd_filestat_set_times(fd, 1, 1, __WASI_FSTFLAGS_ATIM), __WASI_ERRNO_NOTCAPABLE);
  check("fd_allocate of nothing", __wasi_fd_allocate(15, 0, 100), __WASI_ERRNO_BADF);
  struct stat file;
  check("fstat", fstat(fd, &file), 0);
  check("the file is as it was", file.st_size, 5);
  __wasi_size_t moved;
  __wasi_fd_t accepted;
  check("sock_shutdown", __wasi_sock_shutdown(fd, __WASI_SDFLAGS_RD), __WASI_ERRNO_NOTSOCK);
  check("sock_send", __wasi_sock_send(fd, NULL, 0, 0, &moved), __WASI_ERRNO_NOTSOCK);
  check("sock_recv", __wasi_sock_recv(fd, NULL, 0, 0, &moved, &(__wasi_roflags_t){0}), __WASI_ERRNO_NOTSOCK);
  check("sock_accept", __wasi_sock_accept(fd, 0, &accepted), __WASI_ERRNO_NOTSOCK);
  check("sock_accept of nothing", __wasi_sock_accept(15, 0, &accepted), __WASI_ERRNO_BADF);
}

int main(void) {
  opening();
  paths();
  descriptors();
  return 0;
}
