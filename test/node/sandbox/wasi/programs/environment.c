/* Arguments and environment. */
#include "check.h"
#include <stdlib.h>

int main(int argc, char **argv) {
  check("argc", argc, 2);
  check_text("argv[0]", argv[0], "fetcher");
  check_text("argv[1] is the phase", argv[1], "requests");
  check("argv ends", argv[2] == NULL, 1);
  __wasi_size_t count = 7, size = 7;
  check("args_sizes_get", __wasi_args_sizes_get(&count, &size), 0);
  check("args_sizes_get counts", count, 2);
  check("args_sizes_get sums with ends", size, sizeof "fetcher" + sizeof "requests");
  check("environ_sizes_get", __wasi_environ_sizes_get(&count, &size), 0);
  check("environ_sizes_get counts none", count, 0);
  check("environ_sizes_get sums to 0", size, 0);
  uint8_t *none[1], text[1] = {42};
  check("environ_get", __wasi_environ_get(none, text), 0);
  check("environ_get writes nothing", text[0], 42);
  check("getenv", getenv("PATH") == NULL, 1);
  return 0;
}
