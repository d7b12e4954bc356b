// fetcher-name: the middle of bid and ask, in whole cents. A plain program: the phase is its argument, the envelope its input.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Reads the head of the envelope, up to the empty line, and the one parameter that this fetcher has. */
static void read_head(char *symbol) {
  char line[1200];
  while (fgets(line, sizeof line, stdin) != NULL && line[0] != '\n') sscanf(line, "param symbol %31s", symbol);
}

/** Reads `"name": "12.34"` somewhere in a document, as whole cents; -1 where there is none. */
static long long cents_of(const char *document, const char *name) {
  long long whole, cents;
  const char *at = strstr(document, name);
  if (at == NULL || sscanf(at + strlen(name), " : \"%lld.%2lld", &whole, &cents) != 2) return -1;
  return whole * 100 + cents;
}

int main(int argc, char **argv) {
  static char body[4096];
  char symbol[32] = "", outcome[64];
  if (argc != 2) return EXIT_FAILURE;
  read_head(symbol);
  if (strcmp(argv[1], "requests") == 0) {
    printf("GET book /%s.json\n", symbol);
    return EXIT_SUCCESS;
  }
  if (scanf("response %*d %*s %63s %*d", outcome) != 1) return EXIT_FAILURE;
  fread(body, 1, sizeof body - 1, stdin);
  const long long bid = cents_of(body, "\"bid\""), ask = cents_of(body, "\"ask\"");
  if (bid < 0 || ask < 0) {
    printf("fail no-quote no bid and ask: %s\n", outcome);
    return EXIT_SUCCESS;
  }
  const long long mills = (bid + ask) * 5;
  printf("value %lld.%03lld\n", mills / 1000, mills % 1000);
  return EXIT_SUCCESS;
}
