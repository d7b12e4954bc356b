/*
 * Needs what snapshot 0, the forerunner of preview 1, lays out differently: `whence`, `filestat`, and the timers of
 * `poll_oneoff`. Without a C library, since today's speaks preview 1. Built a second time against preview 1
 * (-DWASI='"wasi_snapshot_preview1"'), where the same checks have to fail.
 * /data is preopened and holds "a.txt" with "alpha".
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifndef WASI
#define WASI "wasi_unstable"
#endif
#define IMPORT(name) __attribute__((import_module(WASI), import_name(name)))

IMPORT("args_sizes_get") u32 args_sizes_get(u32 *, u32 *);
IMPORT("clock_time_get") u32 clock_time_get(u32, u64, u64 *);
IMPORT("fd_close") u32 fd_close(u32);
IMPORT("fd_filestat_get") u32 fd_filestat_get(u32, void *);
IMPORT("fd_read") u32 fd_read(u32, const void *, u32, u32 *);
IMPORT("fd_seek") u32 fd_seek(u32, u64, u32, u64 *);
IMPORT("fd_write") u32 fd_write(u32, const void *, u32, u32 *);
IMPORT("path_filestat_get") u32 path_filestat_get(u32, u32, const char *, u32, void *);
IMPORT("path_open") u32 path_open(u32, u32, const char *, u32, u32, u64, u64, u32, u32 *);
IMPORT("poll_oneoff") u32 poll_oneoff(const void *, void *, u32, u32 *);
IMPORT("proc_exit") _Noreturn void proc_exit(u32);
IMPORT("random_get") u32 random_get(void *, u32);

enum { WHENCE_CUR, WHENCE_END, WHENCE_SET };

struct filestat {
  u64 dev, ino;
  u8 filetype;
  u32 nlink;
  u64 size, atim, mtim, ctim;
};

struct subscription {
  u64 userdata;
  u8 type;
  union {
    struct {
      u64 identifier;
      u32 id;
      u64 timeout, precision;
      u16 flags;
    } clock;
    u32 fd;
  };
};

struct event {
  u64 userdata;
  u16 error;
  u8 type;
  u64 nbytes;
  u16 flags;
};

_Static_assert(sizeof(struct filestat) == 56, "snapshot 0");
_Static_assert(sizeof(struct subscription) == 56, "snapshot 0");
_Static_assert(sizeof(struct event) == 32, "as in preview 1");

static u32 length(const char *text) {
  u32 count = 0;
  while (text[count]) count++;
  return count;
}

static void say(const char *text) {
  u32 vector[2] = {(u32)text, length(text)}, written;
  fd_write(1, vector, 1, &written);
}

static void check(const char *name, int holds) {
  say(holds ? "ok " : "not ok ");
  say(name);
  say("\n");
}

static u64 position(u32 fd, long long offset, u32 whence) {
  u64 result = 99;
  return fd_seek(fd, offset, whence, &result) == 0 ? result : 77;
}

static void seeking(u32 fd) {
  check("seek from the start", position(fd, 3, WHENCE_SET) == 3);
  check("seek from here", position(fd, 1, WHENCE_CUR) == 4);
  check("seek from the end", position(fd, -3, WHENCE_END) == 2);
  u8 byte = 0;
  u32 vector[2] = {(u32)&byte, 1}, count;
  check("read from there", fd_read(fd, vector, 1, &count) == 0 && count == 1 && byte == 'p');
  check("an unknown whence", fd_seek(fd, 0, 3, &(u64){0}) == 28);
}

static int has_guard(const u8 *guard) {
  for (int i = 0; i < 8; i++) if (guard[i] != 0xaa) return 0;
  return 1;
}

static void status(u32 fd) {
  struct { struct filestat stat; u8 guard[8]; } place;
  for (u32 i = 0; i < sizeof place; i++) ((u8 *)&place)[i] = 0xaa;
  check("filestat of a descriptor", fd_filestat_get(fd, &place) == 0);
  check("its size", place.stat.size == 5);
  check("its links", place.stat.nlink == 1);
  check("its type and times", place.stat.filetype == 4 && place.stat.atim + place.stat.mtim + place.stat.ctim == 0);
  check("nothing behind it", has_guard(place.guard));
  for (u32 i = 0; i < sizeof place; i++) ((u8 *)&place)[i] = 0xaa;
  check("filestat of a path", path_filestat_get(3, 0, "a.txt", 5, &place) == 0 && place.stat.size == 5);
  check("nothing behind it either", has_guard(place.guard));
}

static void polling(void) {
  u64 before, after;
  clock_time_get(1, 0, &before);
  struct subscription timers[2] = {{.userdata = 1, .clock = {.identifier = 5, .id = 1, .timeout = 900}},
                                   {.userdata = 2, .clock = {.identifier = 6, .id = 0, .timeout = 300}}};
  struct event events[2] = {{0}};
  u32 count = 0;
  check("poll of two timers", poll_oneoff(timers, events, 2, &count) == 0);
  check("the second is due first", count == 1 && events[0].userdata == 2 && events[0].error == 0);
  clock_time_get(1, 0, &after);
  check("time moves by its timeout", after - before == 300);
  timers[0].clock.timeout = after + 50;
  timers[0].clock.flags = 1;
  check("poll of an absolute timer", poll_oneoff(timers, events, 1, &count) == 0 && count == 1);
  clock_time_get(1, 0, &before);
  check("time moves to it", before - after == 50);
  timers[1] = (struct subscription){.userdata = 7, .type = 1, .fd = 0};
  check("poll of stdin", poll_oneoff(timers + 1, events, 1, &count) == 0 && count == 1);
  check("has its envelope", events[0].userdata == 7 && events[0].type == 1 && events[0].nbytes == 3);
}

__attribute__((export_name("_start"))) void start(void) {
  u32 fd, count, size;
  u8 seed[8];
  check("arguments", args_sizes_get(&count, &size) == 0 && count == 2);
  check("randomness", random_get(seed, sizeof seed) == 0);
  check("open", path_open(3, 0, "a.txt", 5, 0, ~0ull & ~(1ull << 6), 0, 0, &fd) == 0);
  seeking(fd);
  status(fd);
  polling();
  check("close", fd_close(fd) == 0);
  proc_exit(0);
}
