/* Gives WASI a place outside the memory in the way whose number stdin holds. Each way ends the program. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wasi/api.h>

#define BAD ((void *)0xfffffff0u)

int main(void) {
  char text[8] = {0};
  read(0, text, sizeof text - 1);
  uint8_t fine[64];
  __wasi_size_t size;
  __wasi_iovec_t vector = {fine, 64}, outside = {BAD, 64}, long_one = {fine, 0xffffffffu};
  int errno_ = -1;
  __wasi_fd_t file = 0;
  (void)!__wasi_path_open(3, 0, "a.txt", 0, ~__WASI_RIGHTS_FD_WRITE, 0, 0, &file);
  switch (atoi(text)) {
    case 0: errno_ = __wasi_args_get(BAD, fine); break;
    case 1: errno_ = __wasi_args_get((uint8_t **)fine, BAD); break;
    case 2: errno_ = __wasi_args_sizes_get(BAD, &size); break;
    case 3: errno_ = __wasi_environ_sizes_get(&size, BAD); break;
    case 4: errno_ = __wasi_clock_time_get(0, 0, BAD); break;
    case 5: errno_ = __wasi_clock_res_get(0, BAD); break;
    case 6: errno_ = __wasi_random_get(BAD, 64); break;
    case 7: errno_ = __wasi_fd_read(0, BAD, 1, &size); break;
    case 8: errno_ = __wasi_fd_read(0, &outside, 1, &size); break;
    case 9: errno_ = __wasi_fd_read(0, &long_one, 1, &size); break;
    case 10: errno_ = __wasi_fd_read(0, &vector, 1, BAD); break;
    case 11: errno_ = __wasi_fd_write(1, (__wasi_ciovec_t *)&outside, 1, &size); break;
    case 12: errno_ = __wasi_fd_write(2, (__wasi_ciovec_t *)&long_one, 1, &size); break;
    case 13: errno_ = __wasi_fd_fdstat_get(0, BAD); break;
    case 14: errno_ = __wasi_fd_filestat_get(0, BAD); break;
    case 15: errno_ = __wasi_fd_prestat_get(3, BAD); break;
    case 16: errno_ = __wasi_fd_prestat_dir_name(3, BAD, 64); break;
    case 17: errno_ = __wasi_fd_readdir(3, BAD, 64, 0, &size); break;
    case 18: errno_ = __wasi_fd_readdir(3, fine, 64, 0, BAD); break;
    case 19: errno_ = __wasi_path_open(3, 0, "a.txt", 0, 0, 0, 0, BAD); break;
    case 20: errno_ = __wasi_path_filestat_get(3, 0, "a.txt", BAD); break;
    case 21: errno_ = __wasi_poll_oneoff(BAD, (__wasi_event_t *)fine, 1, &size); break;
    case 22: errno_ = __wasi_poll_oneoff((__wasi_subscription_t *)fine, BAD, 1, &size); break;
    case 23: errno_ = __wasi_poll_oneoff((__wasi_subscription_t *)fine, (__wasi_event_t *)fine, 1, BAD); break;
    case 24: errno_ = __wasi_fd_seek(file, 0, __WASI_WHENCE_SET, BAD); break;
    case 25: errno_ = __wasi_fd_tell(file, BAD); break;
    case 26: errno_ = __wasi_fd_pread(file, &outside, 1, 0, &size); break;
    case 27: errno_ = __wasi_path_readlink(3, "a.txt", BAD, 64, &size); break;
    case 28: errno_ = __wasi_environ_sizes_get(BAD, &size); break;
  }
  printf("came back with %d\n", errno_);
  return 0;
}
