/* A component that exports wasi:cli/run, by hand. The first byte of stdin says what it does. */
typedef unsigned char u8;
typedef int i32;
typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name))) extern
IMPORT("wasi:cli/environment@0.2.0", "get-arguments") void get_arguments(void *);
IMPORT("wasi:cli/environment@0.2.0", "get-environment") void get_environment(void *);
IMPORT("wasi:cli/environment@0.2.0", "initial-cwd") void initial_cwd(void *);
IMPORT("wasi:cli/exit@0.2.0", "exit") void wasi_exit(i32 is_error);
IMPORT("wasi:cli/stdin@0.2.0", "get-stdin") i32 get_stdin(void);
IMPORT("wasi:cli/stdout@0.2.0", "get-stdout") i32 get_stdout(void);
IMPORT("wasi:cli/stderr@0.2.0", "get-stderr") i32 get_stderr(void);
IMPORT("wasi:cli/terminal-stdout@0.2.0", "get-terminal-stdout") void get_terminal_stdout(void *);
IMPORT("wasi:clocks/monotonic-clock@0.2.0", "now") u64 monotonic_now(void);
IMPORT("wasi:clocks/monotonic-clock@0.2.0", "resolution") u64 monotonic_resolution(void);
IMPORT("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration") i32 subscribe_duration(u64);
IMPORT("wasi:clocks/monotonic-clock@0.2.0", "subscribe-instant") i32 subscribe_instant(u64);
IMPORT("wasi:clocks/wall-clock@0.2.0", "now") void wall_now(void *);
IMPORT("wasi:random/random@0.2.0", "get-random-bytes") void get_random_bytes(u64, void *);
IMPORT("wasi:random/random@0.2.0", "get-random-u64") u64 get_random_u64(void);
IMPORT("wasi:random/insecure@0.2.0", "get-insecure-random-u64") u64 get_insecure_random_u64(void);
IMPORT("wasi:random/insecure-seed@0.2.0", "insecure-seed") void insecure_seed(void *);
IMPORT("wasi:io/streams@0.2.0", "[method]input-stream.blocking-read") void blocking_read(i32, u64, void *);
IMPORT("wasi:io/streams@0.2.0", "[method]input-stream.skip") void skip(i32, u64, void *);
IMPORT("wasi:io/streams@0.2.0", "[method]input-stream.subscribe") i32 subscribe_input(i32);
IMPORT("wasi:io/streams@0.2.0", "[method]output-stream.check-write") void check_write(i32, void *);
IMPORT("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
void write_and_flush(i32, const void *, u32, void *);
IMPORT("wasi:io/streams@0.2.0", "[method]output-stream.write-zeroes") void write_zeroes(i32, u64, void *);
IMPORT("wasi:io/streams@0.2.0", "[method]output-stream.splice") void splice(i32, i32, u64, void *);
IMPORT("wasi:io/streams@0.2.0", "[resource-drop]input-stream") void drop_input(i32);
IMPORT("wasi:io/poll@0.2.0", "poll") void poll(const void *, u32, void *);
IMPORT("wasi:io/poll@0.2.0", "[method]pollable.ready") i32 ready(i32);
IMPORT("wasi:io/poll@0.2.0", "[method]pollable.block") void block(i32);
IMPORT("wasi:io/poll@0.2.0", "[resource-drop]pollable") void drop_pollable(i32);
IMPORT("wasi:filesystem/preopens@0.2.0", "get-directories") void get_directories(void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.open-at")
void open_at(i32, i32, const void *, u32, i32, i32, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.read") void read(i32, u64, u64, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.read-via-stream") void read_via_stream(i32, u64, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.read-directory") void read_directory(i32, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]directory-entry-stream.read-directory-entry")
void read_entry(i32, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.stat") void stat(i32, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.write") void write_file(i32, const void *, u32, u64, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.unlink-file-at")
void unlink_file_at(i32, const void *, u32, void *);
IMPORT("wasi:filesystem/types@0.2.0", "[resource-drop]descriptor") void drop_descriptor(i32);

static u8 heap[1 << 17];
static u32 top;
static int reentering;
static i32 out;
static u8 line[256];
static u32 used;

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  (void)old;
  (void)old_size;
  if (reentering) {
    u32 pair[2];
    get_random_bytes(8, pair);
  }
  top = (top + align - 1) & ~(align - 1);
  void *place = heap + top;
  top += size;
  return place;
}

static void put(const char *text) {
  while (*text) line[used++] = *text++;
}

static void put_bytes(const u8 *bytes, u32 length) {
  for (u32 at = 0; at < length; at++) line[used++] = bytes[at];
}

static void put_number(u64 number) {
  u8 digits[20];
  u32 count = 0;
  do digits[count++] = '0' + number % 10;
  while (number /= 10);
  while (count) line[used++] = digits[--count];
}

static u8 *write_result(i32 stream, const void *bytes, u32 length) {
  static u8 result[12];
  write_and_flush(stream, bytes, length, result);
  return result;
}

static void end_line(void) {
  line[used++] = '\n';
  write_result(out, line, used);
  used = 0;
}

static void report(const char *name, u64 number) {
  put(name);
  put(" ");
  put_number(number);
  end_line();
}

static void process_checks(void) {
  u32 list[2];
  get_arguments(list);
  report("arguments", list[1]);
  u32 *first = (u32 *)list[0];
  for (u32 at = 0; at < list[1]; at++) {
    put_bytes((u8 *)first[2 * at], first[2 * at + 1]);
    end_line();
  }
  get_environment(list);
  report("environment", list[1]);
  u32 cwd[3];
  initial_cwd(cwd);
  report("cwd", cwd[0] & 255);
  u32 terminal[2];
  get_terminal_stdout(terminal);
  report("terminal", terminal[0] & 255);
}

static void clock_checks(void) {
  struct { u64 seconds; u32 nanoseconds; } wall;
  wall_now(&wall);
  report("wall", wall.seconds);
  report("wall nanoseconds", wall.nanoseconds);
  report("monotonic", monotonic_now());
  report("resolution", monotonic_resolution());
  i32 timers[2] = {subscribe_duration(5000000000ull), subscribe_instant(monotonic_now() + 2000000000ull)};
  report("ready before", ready(timers[0]) + ready(timers[1]));
  u32 list[2];
  poll(timers, 2, list);
  report("polled", list[1]);
  report("first polled", *(u32 *)list[0]);
  block(timers[0]);
  report("slept", monotonic_now());
  wall_now(&wall);
  report("wall slept", wall.seconds);
  drop_pollable(timers[0]);
  drop_pollable(timers[1]);
}

static void random_checks(void) {
  report("random", get_random_u64());
  report("insecure", get_insecure_random_u64());
  u64 seed[2];
  insecure_seed(seed);
  report("seed", seed[0]);
  u32 list[2];
  get_random_bytes(40, list);
  report("random bytes", list[1]);
  report("last", ((u8 *)list[0])[39]);
}

static void file_checks(void) {
  u32 list[2];
  get_directories(list);
  report("folders", list[1]);
  if (list[1] == 0) return;
  u32 *folder = (u32 *)list[0];
  put_bytes((u8 *)folder[1], folder[2]);
  end_line();
  u32 result[8];
  open_at(folder[0], 0, "data/list.csv", 13, 0, 1, result);
  report("open", result[0] & 255);
  i32 file = result[1];
  read(file, 1000, 2, result);
  put_bytes((u8 *)result[1], result[2]);
  end_line();
  report("at the end", result[3] & 255);
  write_file(file, "x", 1, 0, (u64 *)result);
  report("write", ((u8 *)result)[8]);
  read_via_stream(file, 3, result);
  splice(out, result[1], 100, (u64 *)result);
  report("spliced", ((u64 *)result)[1]);
  open_at(folder[0], 0, "../secret", 9, 0, 1, result);
  report("outside", ((u8 *)result)[4]);
  open_at(folder[0], 0, "none", 4, 0, 1, result);
  report("missing", ((u8 *)result)[4]);
  open_at(folder[0], 0, "data", 4, 2, 1, result);
  report("folder", result[0] & 255);
  u64 stat_result[16];
  stat(file, stat_result);
  report("size", stat_result[3]);
  unlink_file_at(folder[0], "data", 4, result);
  report("unlink", ((u8 *)result)[1]);
  read_directory(folder[0], result);
  i32 entries = result[1];
  for (;;) {
    u32 entry[5];
    read_entry(entries, entry);
    if ((entry[1] & 255) == 0) break;
    put_bytes((u8 *)entry[3], entry[4]);
    put(" ");
    put_number(entry[2] & 255);
    end_line();
  }
  drop_descriptor(file);
}

static void hostile(u8 mode, i32 in) {
  static u8 page[65536];
  static i32 many[20000];
  u32 list[2];
  switch (mode) {
    case 'O': /* stdout flood */
      for (;;) write_result(out, page, 65536);
    case 'E': /* stderr flood */
      for (u32 at = 0; at < 65536; at++) page[at] = at % 8 ? 'e' : '\n';
      for (u32 at = 0; at < 4; at++) write_result(get_stderr(), page, 65536);
      break;
    case 'P': /* a list of handles longer than anything */
      poll(0, 0x7ffffff, list);
      break;
    case 'Q': /* a long list of one handle */
      many[0] = subscribe_input(in);
      for (u32 at = 1; at < 20000; at++) many[at] = many[0];
      poll(many, 20000, list);
      report("polled", list[1]);
      break;
    case 'H': /* handles that are none */
      for (i32 at = -5; at < 5; at++) report("ready", ready(at * 1000));
      break;
    case 'D': /* a handle dropped twice */
      drop_input(in);
      drop_input(in);
      break;
    case 'M': /* resources without end */
      for (;;) subscribe_input(in);
    case 'C': /* calls without end */
      for (;;) check_write(out, page);
    case 'N': /* randomness without end */
      for (;;) {
        top = 0;
        get_random_bytes(65536, list);
      }
    case 'W': /* a write from outside the memory */
      write_result(out, (void *)0xffffff00, 4096);
      break;
    case 'Z': /* zeroes without end */
      write_zeroes(out, 1ull << 62, page);
      break;
    case 'I': /* a call of the host from within cabi_realloc */
      reentering = 1;
      get_random_bytes(8, list);
      break;
    case 'V': { /* descriptors without end */
      u32 opened = 0;
      u32 result[2];
      get_directories(list);
      do {
        open_at(*(i32 *)list[0], 0, "top", 3, 0, 1, result);
        opened++;
      } while ((result[0] & 255) == 0);
      report("opened", opened - 1);
      report("error", ((u8 *)result)[4]);
      break;
    }
    case 'S': /* more than the memory as text */
      open_at(0, 0, 0, 0x7fffffff, 0, 0, page);
      break;
    case 'F': /* no UTF-8 as text */
      get_directories(list);
      open_at(*(i32 *)list[0], 0, "\xff\xfe", 2, 0, 0, page);
      break;
    case 'A': /* an unaligned place for a result */
      get_arguments((u8 *)list + 1);
      report("unaligned", 1);
      break;
    case 'L':
      for (;;) page[0]++;
    case 'X':
      __builtin_trap();
    case 'x':
      wasi_exit(1);
      break;
    case 'y':
      report("before the exit", 1);
      wasi_exit(0);
      break;
  }
}

__attribute__((export_name("wasi:cli/run@0.2.0#run"))) i32 run(void) {
  out = get_stdout();
  i32 in = get_stdin();
  struct { u8 tag; u8 *bytes; u32 length; } input;
  blocking_read(in, 1024, &input);
  if (input.tag != 0) {
    report("closed", 1);
    return 0;
  }
  u8 mode = input.bytes[0];
  report("read", input.length);
  blocking_read(in, 1024, &input);
  report("end", input.tag);
  if (mode == 'f') return 1;
  if (mode != '{') {
    hostile(mode, in);
    return 0;
  }
  process_checks();
  clock_checks();
  random_checks();
  file_checks();
  return 0;
}
