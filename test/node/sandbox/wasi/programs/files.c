/* Reading below the preopened folders /data { "a.txt": "alpha", "deep/er/b.bin": 256 bytes, "z": "" } and /more { "c": "gamma" }. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void preopens(void) {
  __wasi_prestat_t prestat;
  char name[8] = {0};
  check("fd 3 is preopened", __wasi_fd_prestat_get(3, &prestat), 0);
  check("is a folder", prestat.tag, __WASI_PREOPENTYPE_DIR);
  check("the length of its name", prestat.u.dir.pr_name_len, 5);
  check("fd_prestat_dir_name", __wasi_fd_prestat_dir_name(3, (uint8_t *)name, 5), 0);
  check_text("its name", name, "/data");
  check("too short for its name", __wasi_fd_prestat_dir_name(3, (uint8_t *)name, 4), __WASI_ERRNO_NAMETOOLONG);
  check("fd_prestat_dir_name of fd 4", __wasi_fd_prestat_dir_name(4, (uint8_t *)name, 5), 0);
  check_text("its name is /more", name, "/more");
  check("fd 5 is closed", __wasi_fd_prestat_get(5, &prestat), __WASI_ERRNO_BADF);
  check("and has no name", __wasi_fd_prestat_dir_name(5, (uint8_t *)name, 5), __WASI_ERRNO_BADF);
}

static void reading(void) {
  char text[16] = {0};
  int fd = open("/data/a.txt", O_RDONLY);
  check("open takes the lowest number", fd, 5);
  check("read", read(fd, text, sizeof text), 5);
  check_text("the file", text, "alpha");
  check("read at the end", read(fd, text, 1), 0);
  check("pread", pread(fd, text, 3, 2), 3);
  check("is the middle", memcmp(text, "pha", 3), 0);
  struct iovec halves[] = {{text, 2}, {text + 8, 8}};
  check("preadv into two buffers", preadv(fd, halves, 2, 1), 4);
  check("goes on in the second", memcmp(text, "lp", 2) == 0 && memcmp(text + 8, "ha", 2) == 0, 1);
  check("pread beyond the end", pread(fd, text, 3, 1000), 0);
  check("pread leaves the position", lseek(fd, 0, SEEK_CUR), 5);
  check("lseek from the start", lseek(fd, 1, SEEK_SET), 1);
  check("lseek from here", lseek(fd, 2, SEEK_CUR), 3);
  check("lseek from the end", lseek(fd, -4, SEEK_END), 1);
  check("reads from there", read(fd, text, 1) == 1 && text[0] == 'l', 1);
  check("lseek beyond the end", lseek(fd, 100, SEEK_END), 105);
  check("reads nothing there", read(fd, text, 1), 0);
  CHECK_ERRNO("lseek before the start", lseek(fd, -1, SEEK_SET), EINVAL);
  check("leaves the position", lseek(fd, 0, SEEK_CUR), 105);
  CHECK_ERRNO("lseek from nowhere", lseek(fd, 0, 9), EINVAL);
  __wasi_filesize_t position = 0;
  check("fd_seek as far as it goes", __wasi_fd_seek(fd, INT64_MAX, __WASI_WHENCE_SET, &position), 0);
  check("fd_seek further", __wasi_fd_seek(fd, 1, __WASI_WHENCE_CUR, &position), __WASI_ERRNO_INVAL);
  check("fd_tell", __wasi_fd_tell(fd, &position), 0);
  check("is as far as it goes", position, INT64_MAX);
  check("read as far as it goes", read(fd, text, 1), 0);
  check("fd_advise", __wasi_fd_advise(fd, 0, 5, __WASI_ADVICE_WILLNEED), 0);
  check("fd_advise of an unknown advice", __wasi_fd_advise(fd, 0, 5, 6), __WASI_ERRNO_INVAL);
  check("fsync", fsync(fd), 0);
  check("fdatasync", fdatasync(fd), 0);
  check("close", close(fd), 0);
  CHECK_ERRNO("close again", close(fd), EBADF);
  CHECK_ERRNO("read after close", read(fd, text, 1), EBADF);
}

static void status(void) {
  struct stat file, folder;
  check("stat of a file", stat("/data/deep/er/b.bin", &file), 0);
  check("is a regular file", S_ISREG(file.st_mode), 1);
  check("its size", file.st_size, 256);
  check("its links", file.st_nlink, 1);
  check("its device", file.st_dev, 0);
  check("its time", file.st_mtim.tv_sec + file.st_atim.tv_sec + file.st_ctim.tv_sec, 0);
  check("stat of a folder", stat("/data/deep", &folder), 0);
  check("is a folder", S_ISDIR(folder.st_mode), 1);
  check("has another inode", folder.st_ino != file.st_ino, 1);
  __wasi_filestat_t raw;
  memset(&raw, 0xff, sizeof raw);
  check("path_filestat_get", __wasi_path_filestat_get(3, 0, "a.txt", &raw), 0);
  check("writes the whole record", raw.size == 5 && raw.nlink == 1 && raw.atim == 0 && raw.mtim == 0 && raw.ctim == 0, 1);
  __wasi_fdstat_t rights;
  check("fd_fdstat_get of a folder", __wasi_fd_fdstat_get(3, &rights), 0);
  check("its type", rights.fs_filetype, __WASI_FILETYPE_DIRECTORY);
  uint64_t can = __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_FD_READDIR | __WASI_RIGHTS_PATH_FILESTAT_GET;
  uint64_t cannot = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_PATH_CREATE_FILE |
                    __WASI_RIGHTS_PATH_UNLINK_FILE | __WASI_RIGHTS_PATH_FILESTAT_SET_SIZE;
  check("can be read from", rights.fs_rights_base & can, can);
  check("can not be changed", rights.fs_rights_base & cannot, 0);
  CHECK_ERRNO("a folder has no position", lseek(3, 0, SEEK_SET), ESPIPE);
  CHECK_ERRNO("and no bytes", read(3, &raw, 1), EBADF);
}

static void names(void) {
  CHECK_ERRNO("no such file", open("/data/none", O_RDONLY), ENOENT);
  CHECK_ERRNO("no such folder", open("/data/none/a", O_RDONLY), ENOENT);
  CHECK_ERRNO("below a file", open("/data/a.txt/b", O_RDONLY), ENOTDIR);
  CHECK_ERRNO("a file with a slash behind it", open("/data/a.txt/", O_RDONLY), ENOTDIR);
  CHECK_ERRNO("a file as a folder", open("/data/a.txt", O_RDONLY | O_DIRECTORY), ENOTDIR);
  CHECK_ERRNO("outside all folders", open("/etc/passwd", O_RDONLY), ENOTCAPABLE);
  CHECK_ERRNO("out of a folder", open("/data/../more/c", O_RDONLY), ENOTCAPABLE);
  CHECK_ERRNO("out of a folder by a detour", open("/data/deep/../../more/c", O_RDONLY), ENOTCAPABLE);
  int fd = open("/data/./deep/../deep//er/b.bin", O_RDONLY);
  check("a detour within", fd, 5);
  check("close", close(fd), 0);
  __wasi_fd_t opened;
  check("an absolute path", __wasi_path_open(3, 0, "/data/a.txt", 0, 0, 0, 0, &opened), __WASI_ERRNO_NOTCAPABLE);
  check("an unknown way to open", __wasi_path_open(3, 0, "a.txt", 1 << 4, 0, 0, 0, &opened), __WASI_ERRNO_INVAL);
  check("an unknown flag", __wasi_path_open(3, 0, "a.txt", 0, 0, 0, 1 << 5, &opened), __WASI_ERRNO_INVAL);
  check("no path", __wasi_path_open(3, 0, "", 0, 0, 0, 0, &opened), __WASI_ERRNO_NOENT);
  check("a path that is no UTF-8", __wasi_path_open(3, 0, "\xff", 0, 0, 0, 0, &opened), __WASI_ERRNO_ILSEQ);
  check("a path below a file", __wasi_path_open(0, 0, "a", 0, 0, 0, 0, &opened), __WASI_ERRNO_NOTDIR);
  check("a path below nothing", __wasi_path_open(9, 0, "a", 0, 0, 0, 0, &opened), __WASI_ERRNO_BADF);
  static char path[4099];
  memset(path, 'a', 4097);
  check("a path of 4097 bytes", __wasi_path_open(3, 0, path, 0, 0, 0, 0, &opened), __WASI_ERRNO_NAMETOOLONG);
  path[4096] = 0;
  check("a path of 4096 bytes", __wasi_path_open(3, 0, path, 0, 0, 0, 0, &opened), __WASI_ERRNO_NOENT);
  char target[8];
  CHECK_ERRNO("readlink of a file", readlink("/data/a.txt", target, 8), EINVAL);
  CHECK_ERRNO("readlink of nothing", readlink("/data/none", target, 8), ENOENT);
}

static void listing(const char *path, const char *wanted) {
  char names[128] = {0};
  DIR *folder = opendir(path);
  check("opendir", folder != NULL, 1);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    strcat(strcat(names, entry->d_name), entry->d_type == DT_DIR ? "/ " : " ");
  }
  check_text(path, names, wanted);
  check("closedir", closedir(folder), 0);
}

static void entries(void) {
  listing("/data", "./ ../ a.txt deep/ z ");
  listing("/data/deep", "./ ../ er/ ");
  listing("/more", "./ ../ c ");
  uint8_t buffer[64];
  __wasi_size_t used = 0;
  check("fd_readdir", __wasi_fd_readdir(3, buffer, sizeof buffer, 2, &used), 0);
  check("fills a short buffer", used, sizeof buffer);
  __wasi_dirent_t entry;
  memcpy(&entry, buffer, sizeof entry);
  check("starts at the cookie", entry.d_namlen == 5 && memcmp(buffer + sizeof entry, "a.txt", 5) == 0, 1);
  check("the next cookie", entry.d_next, 3);
  check("fd_readdir behind the last", __wasi_fd_readdir(3, buffer, sizeof buffer, 5, &used), 0);
  check("finds nothing", used, 0);
  check("fd_readdir far behind the last", __wasi_fd_readdir(3, buffer, sizeof buffer, UINT64_MAX, &used), 0);
  check("fd_readdir of a file", __wasi_fd_readdir(0, buffer, sizeof buffer, 0, &used), __WASI_ERRNO_NOTCAPABLE);
}

static void rights(void) {
  __wasi_fd_t fd;
  __wasi_filesize_t position;
  char byte;
  __wasi_iovec_t one = {(uint8_t *)&byte, 1};
  __wasi_size_t moved;
  check("open without rights", __wasi_path_open(3, 0, "a.txt", 0, 0, 0, 0, &fd), 0);
  check("to read", __wasi_fd_read(fd, &one, 1, &moved), __WASI_ERRNO_NOTCAPABLE);
  check("to seek", __wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &position), __WASI_ERRNO_NOTCAPABLE);
  check("to tell", __wasi_fd_tell(fd, &position), __WASI_ERRNO_NOTCAPABLE);
  check("close", __wasi_fd_close(fd), 0);
  check("open to read and tell", __wasi_path_open(3, 0, "a.txt", 0, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_TELL, 0, 0, &fd), 0);
  check("reads", __wasi_fd_read(fd, &one, 1, &moved), 0);
  check("fd_seek by 0 is telling", __wasi_fd_seek(fd, 0, __WASI_WHENCE_CUR, &position), 0);
  check("fd_seek by 1 is not", __wasi_fd_seek(fd, 1, __WASI_WHENCE_CUR, &position), __WASI_ERRNO_NOTCAPABLE);
  check("fd_pread seeks", __wasi_fd_pread(fd, &one, 1, 0, &moved), __WASI_ERRNO_NOTCAPABLE);
  check("close", __wasi_fd_close(fd), 0);
  check("open a folder that hands nothing on", __wasi_path_open(3, 0, "deep", 0, __WASI_RIGHTS_PATH_OPEN, 0, 0, &fd), 0);
  __wasi_fd_t below;
  check("open below it", __wasi_path_open(fd, 0, "er/b.bin", 0, __WASI_RIGHTS_FD_READ, 0, 0, &below), 0);
  check("grants nothing", __wasi_fd_read(below, &one, 1, &moved), __WASI_ERRNO_NOTCAPABLE);
  check("open below a file", __wasi_path_open(below, 0, "b", 0, 0, 0, 0, &below), __WASI_ERRNO_NOTDIR);
  check("close", __wasi_fd_close(below), 0);
  check("open a folder to be read alone", __wasi_path_open(3, 0, "deep", 0, __WASI_RIGHTS_FD_READDIR, ~0ull, 0, &below), 0);
  check("open below that", __wasi_path_open(below, 0, "er", 0, 0, 0, 0, &below), __WASI_ERRNO_NOTCAPABLE);
  check("stat below it", __wasi_path_filestat_get(fd, 0, "er", &(__wasi_filestat_t){0}), __WASI_ERRNO_NOTCAPABLE);
}

int main(void) {
  preopens();
  reading();
  status();
  names();
  entries();
  rights();
  return 0;
}
