/* A fetcher written against wasi-libc (preview 1), which the adapter of the toolchains turns into a component. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t result[2];

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  (void)align;
  return realloc(old, size);
}

static uint32_t *answer(char *text) {
  result[0] = (uint32_t)text;
  result[1] = strlen(text);
  return result;
}

__attribute__((export_name("requests"))) uint32_t *requests(const char *input, uint32_t length) {
  char *copy = calloc(length + 1, 1);
  memcpy(copy, input, length);
  static const char asked[] = "asked for requests\n";
  write(2, asked, sizeof asked - 1);
  return answer(copy);
}

__attribute__((export_name("observe"))) uint32_t *observe(const char *input, uint32_t length) {
  char *text = malloc(4096);
  uint32_t random = 0;
  getentropy(&random, sizeof random);
  char line[64] = "none";
  int file = open("/files/data/list.csv", O_RDONLY);
  if (file >= 0) {
    ssize_t count = read(file, line, sizeof line - 1);
    line[count < 0 ? 0 : count] = 0;
    close(file);
  }
  if (length == 1 && input[0] == 'x') _Exit(3);
  strcpy(text, "random ");
  for (int digit = 0; digit < 8; digit++, random >>= 4) strncat(text, &"0123456789abcdef"[random & 15], 1);
  strcat(strcat(text, ", file "), line);
  strcat(strcat(text, ", home "), getenv("HOME") ? "set" : "unset");
  return answer(text);
}
