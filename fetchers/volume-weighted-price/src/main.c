// SPDX-License-Identifier: GPL-3.0-or-later
//
// The average price of recent trades, weighted by their volumes. A plain C program: the phase is its argument, the envelope
// its standard input, the answer its standard output. No SDK.

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Prices and volumes are whole numbers of 10^-8. */
#define DECIMALS 8
#define UNIT 100000000
/** Of a price or a volume: ten billion. The products of a million trades fit 128 bits. */
#define MAX_SCALED (INT64_C(10000000000) * UNIT)
#define MAX_TRADES 1000000
#define DEFAULT_WINDOW 3600

typedef struct {
  long long time;
  long long window;
  long minimum;
  char path[513];
} Input;

typedef struct {
  unsigned __int128 turnover;
  uint64_t volume;
  long trades;
} Total;

static int fail(const char *code, const char *message) {
  printf("fail %s %s\n", code, message);
  return EXIT_SUCCESS;
}

/** Reads the head of an envelope, up to the empty line. */
static bool read_head(Input *input) {
  char line[1200];
  while (fgets(line, sizeof line, stdin) != NULL && line[0] != '\n') {
    sscanf(line, "time %lld", &input->time);
    sscanf(line, "param window %lld", &input->window);
    sscanf(line, "param minimum %ld", &input->minimum);
    sscanf(line, "param path %512[^\n]", input->path);
  }
  return input->time > 0;
}

/** Reads `digits[.digits]`, digits after the eighth cut. Answers where it ends, NULL for anything else. */
static const char *parse_scaled(const char *text, int64_t *scaled) {
  *scaled = 0;
  int fraction = -1;
  const char *at = text;
  for (; (*at >= '0' && *at <= '9') || (*at == '.' && fraction < 0); at++) {
    if (*at == '.') {
      fraction = 0;
      continue;
    }
    if (fraction >= DECIMALS) continue;
    if (fraction >= 0) fraction++;
    *scaled = *scaled * 10 + (*at - '0');
    if (*scaled > MAX_SCALED) return NULL;
  }
  for (int place = fraction < 0 ? 0 : fraction; place < DECIMALS; place++) *scaled *= 10;
  return at == text || *scaled > MAX_SCALED ? NULL : at;
}

/** Adds one line `<unix seconds>,<price>,<volume>`; false for a line that is none. */
static bool add_trade(const Input *input, const char *line, Total *total) {
  char *rest;
  int64_t price, volume;
  const long long time = strtoll(line, &rest, 10);
  if (rest == line || *rest != ',') return false;
  const char *end = parse_scaled(rest + 1, &price);
  if (end == NULL || *end != ',') return false;
  end = parse_scaled(end + 1, &volume);
  if (end == NULL || strspn(end, "\r\n") != strlen(end)) return false;
  if (time <= input->time - input->window || time > input->time || volume == 0) return true;
  if (++total->trades > MAX_TRADES || total->volume > UINT64_MAX - (uint64_t)volume) return false;
  total->turnover += (unsigned __int128)price * (uint64_t)volume;
  total->volume += (uint64_t)volume;
  return true;
}

static int observe(const Input *input) {
  char outcome[64], line[256];
  long length;
  Total total = {0, 0, 0};
  if (scanf("response %*d %*s %63s %ld", outcome, &length) != 2) return fail("no-response", "one response is needed");
  if (strcmp(outcome, "200") != 0) return fail("source-failed", outcome);
  // The rest of the response's line, then the table's: its head says what the columns are.
  if (getchar() != '\n' || fgets(line, sizeof line, stdin) == NULL) return fail("no-table", "the table is empty");
  if (strncmp(line, "time,price,volume", 17) != 0) return fail("no-table", "the columns are time, price and volume");
  length -= (long)strlen(line);
  while (length > 0 && fgets(line, sizeof line, stdin) != NULL) {
    length -= (long)strlen(line);
    if (!add_trade(input, line, &total)) return fail("bad-trade", "a line is no trade");
  }
  if (total.trades < input->minimum || total.volume == 0) return fail("too-few-trades", "fewer than the minimum in the window");
  const uint64_t price = (uint64_t)(total.turnover / total.volume);
  printf("value %" PRIu64 ".%08" PRIu64 "\n", price / UNIT, price % UNIT);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  Input input = {.window = DEFAULT_WINDOW, .minimum = 1};
  if (argc != 2 || !read_head(&input)) return EXIT_FAILURE;
  if (strcmp(argv[1], "observe") == 0) return observe(&input);
  printf("GET trades %s\n", input.path);
  return EXIT_SUCCESS;
}
