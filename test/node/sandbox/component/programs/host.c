/* A component of the world quorate:fetcher/fetcher that calls quorate:fetcher/host, by hand. The first byte of the input says what it does. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define HOST(name) __attribute__((import_module("quorate:fetcher/host@1.0.0"), import_name(name)))
HOST("log") void host_log(u32 level, const char *text, u32 length);
HOST("counter-add") void counter_add(const char *name, u32 name_length, const char *label, u32 label_length, u64 amount);
HOST("gauge-set") void gauge_set(const char *name, u32 name_length, const char *label, u32 label_length, double value);
HOST("storage-get") void storage_get(const u8 *key, u32 key_length, u32 *result);
HOST("storage-set") u32 storage_set(const u8 *key, u32 key_length, const u8 *value, u32 length);
HOST("storage-delete") u32 storage_delete(const u8 *key, u32 key_length);

static u8 heap[1 << 17];
static u32 top;
static u32 result[2];
static u32 found[3];

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  (void)old;
  (void)old_size;
  top = (top + align - 1) & ~(align - 1);
  void *place = heap + top;
  top += size;
  return place;
}

static u32 *answer(const void *bytes, u32 length) {
  result[0] = (u32)bytes;
  result[1] = length;
  return result;
}

__attribute__((export_name("requests"))) u32 *requests(u8 *input, u32 length) { return answer(input, length); }

__attribute__((export_name("observe"))) u32 *observe(u8 *input, u32 length) {
  static u8 truth[2];
  u8 *rest = input + 1;
  switch (length == 0 ? 0 : input[0]) {
    case 'L': /* the rest, at each level */
      for (u32 level = 0; level < 4; level++) host_log(level, (const char *)rest, length - 1);
      break;
    case 'E': /* a level that there is not */
      host_log(4, "x", 1);
      break;
    case 'U': /* a text that is none */
      host_log(0, "\xff", 1);
      break;
    case 'P': /* a text outside the memory */
      host_log(0, (const char *)0xfffffff0, 64);
      break;
    case 'M': /* the rest is the counter's label */
      counter_add("calls", 5, (const char *)rest, length - 1, 2);
      counter_add("calls", 5, (const char *)rest, length - 1, 0xffffffff);
      counter_add("calls", 5, "", 0, ~0ull);
      counter_add("Not a name", 10, "", 0, 1);
      gauge_set("level", 5, "", 0, 1.5);
      gauge_set("level", 5, "", 0, -2.25);
      gauge_set("infinite", 8, "", 0, __builtin_inf());
      break;
    case 'G': /* the value of the rest */
      storage_get(rest, length - 1, found);
      return (found[0] & 0xff) == 0 ? answer("none", 4) : answer((void *)found[1], found[2]);
    case 'S': /* the first letter of the rest becomes its own value: the whole input */
      truth[0] = '0' + storage_set(rest, 1, input, length);
      return answer(truth, 1);
    case 'B': /* a value that is too large, then a key that is too long */
      truth[0] = '0' + storage_set((const u8 *)"k", 1, heap, 8193);
      truth[1] = '0' + storage_set(heap + 65536, 65, heap, 1);
      return answer(truth, 2);
    case 'D': /* twice */
      truth[0] = '0' + storage_delete(rest, length - 1);
      truth[1] = '0' + storage_delete(rest, length - 1);
      return answer(truth, 2);
    case 'F': /* for ever */
      for (;;) host_log(0, "x", 1);
  }
  return answer("done", 4);
}
