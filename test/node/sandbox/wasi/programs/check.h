/* One line per check on stdout: "ok NAME", or "not ok NAME: GOT instead of WANTED". */
#pragma once
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

static inline void check(const char *name, int64_t got, int64_t wanted) {
  if (got == wanted) printf("ok %s\n", name);
  else printf("not ok %s: %lld instead of %lld\n", name, (long long)got, (long long)wanted);
}

static inline void check_text(const char *name, const char *got, const char *wanted) {
  if (strcmp(got, wanted) == 0) printf("ok %s\n", name);
  else printf("not ok %s: %s instead of %s\n", name, got, wanted);
}

/* For C functions that answer -1 and set errno. */
#define CHECK_ERRNO(name, call, wanted) (errno = 0, check(name, (call) == -1 ? errno : 0, wanted))
