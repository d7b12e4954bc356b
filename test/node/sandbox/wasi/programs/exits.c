/* Ends as the first word of stdin says, after having written to stdout and stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

int main(void) {
  char how[32] = {0};
  fgets(how, sizeof how, stdin);
  printf("before");
  fprintf(stderr, "ending by %s\n", how);
  fflush(stdout);
  if (strcmp(how, "return") == 0) return 0;
  if (strcmp(how, "return 3") == 0) return 3;
  if (strcmp(how, "exit 0") == 0) exit(0);
  if (strcmp(how, "exit 255") == 0) exit(255);
  if (strcmp(how, "proc_exit 0") == 0) __wasi_proc_exit(0);
  if (strcmp(how, "proc_exit max") == 0) __wasi_proc_exit(0xffffffff);
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "flood stdout") == 0) for (;;) printf("flood flood flood flood flood\n");
  if (strcmp(how, "flood stderr") == 0) for (;;) fprintf(stderr, "flood\n");
  printf(" and after");
  return 0;
}
