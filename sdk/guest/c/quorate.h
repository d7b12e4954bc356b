// SPDX-License-Identifier: MIT OR GPL-3.0-or-later
//
// quorate.h: what a fetcher in C includes. One header, freestanding C11 for clang's wasm32 target; no libc, no floats.
//
//   #include "quorate.h"
//
//   QR_REQUESTS(input) {
//     qr_get(QR("book"), qr_join(QR("/"), qr_param(input, "symbol")));
//     return qr_answer();
//   }
//
//   QR_OBSERVE(input) {
//     qr_decimal last;
//     if (!qr_json_decimal(qr_json_get(qr_json_body(qr_response_at(input, 0)), "last"), &last))
//       return qr_fail("no-price", QR("no last price"));
//     return qr_value(last);
//   }
//
// Include it in one translation unit. Each phase of each round gets a fresh instance: memory is never freed. What the host
// writes is trusted, and a breach of it traps; bodies of responses are not, and whatever they hold is answered by a result.

#ifndef QUORATE_H
#define QUORATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QR_EXPORT(name) __attribute__((export_name(name), used))
#define QR_IMPORT(name) __attribute__((import_module("quorate"), import_name(name)))

/** Defines a phase; `input` is a `const qr_input *`. The body returns qr_answer(), qr_value(…) or qr_fail(…). */
#define QR_PHASE(name, input)                                                     \
  static uint64_t qr_phase_##name(const qr_input *input);                         \
  QR_EXPORT(#name) uint64_t name(const char *qr_pointer, uint32_t qr_length) {    \
    static qr_input qr_read_input;                                                \
    qr_read(&qr_read_input, qr_pointer, qr_length);                               \
    return qr_phase_##name(&qr_read_input);                                       \
  }                                                                               \
  static uint64_t qr_phase_##name(const qr_input *input)
#define QR_REQUESTS(input) QR_PHASE(requests, input)
#define QR_OBSERVE(input) QR_PHASE(observe, input)

// ---------------------------------------------------------------------------------------------------------------- memory

#define QR_PAGE_BYTES 65536u

extern unsigned char __heap_base;

/** Memory for the input, and for whatever the fetcher builds. Traps where the module's limit is reached. */
QR_EXPORT("alloc") void *alloc(uint32_t size) {
  static uintptr_t next;
  if (next == 0) next = (uintptr_t)&__heap_base;
  const uintptr_t start = (next + 15u) & ~(uintptr_t)15u;
  const uintptr_t end = start + size;
  const uintptr_t have = __builtin_wasm_memory_size(0) * (uintptr_t)QR_PAGE_BYTES;
  if (end < start) __builtin_trap();
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + QR_PAGE_BYTES - 1) / QR_PAGE_BYTES) == (size_t)-1)
    __builtin_trap();
  next = end;
  return (void *)start;
}

// ------------------------------------------------------------------------------------------------------------------ text

/** Bytes of text somewhere in memory, not terminated. */
typedef struct {
  const char *at;
  uint32_t length;
} qr_text;

/** The text of a literal. */
#define QR(literal) ((qr_text){(literal), sizeof(literal) - 1})

static inline qr_text qr_c(const char *terminated) {
  uint32_t length = 0;
  while (terminated[length] != 0) length++;
  return (qr_text){terminated, length};
}

static inline bool qr_equal(qr_text a, qr_text b) {
  if (a.length != b.length) return false;
  for (uint32_t i = 0; i < a.length; i++)
    if (a.at[i] != b.at[i]) return false;
  return true;
}

static inline qr_text qr_part(qr_text text, uint32_t start, uint32_t length) {
  return (qr_text){text.at + start, length};
}

static inline bool qr_is_space(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static inline bool qr_is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

/** Without white space at either end. */
static inline qr_text qr_trim(qr_text text) {
  while (text.length > 0 && qr_is_space(text.at[0])) text = qr_part(text, 1, text.length - 1);
  while (text.length > 0 && qr_is_space(text.at[text.length - 1])) text.length--;
  return text;
}

static inline void qr_copy(char *to, qr_text text) {
  for (uint32_t i = 0; i < text.length; i++) to[i] = text.at[i];
}

/** A new text: `a`, then `b`. */
static inline qr_text qr_join(qr_text a, qr_text b) {
  char *bytes = alloc(a.length + b.length);
  qr_copy(bytes, a);
  qr_copy(bytes + a.length, b);
  return (qr_text){bytes, a.length + b.length};
}

/** Reads a whole number below 4,000,000,000, digits only. */
static inline bool qr_whole(qr_text text, uint32_t *number) {
  *number = 0;
  for (uint32_t i = 0; i < text.length; i++) {
    if (!qr_is_digit(text.at[i]) || *number >= 400000000u) return false;
    *number = *number * 10 + (uint32_t)(text.at[i] - '0');
  }
  return text.length > 0;
}

/** A new text: the digits of a whole number. */
static inline qr_text qr_digits(uint64_t number) {
  char *end = (char *)alloc(20) + 20, *at = end;
  do *--at = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  return (qr_text){at, (uint32_t)(end - at)};
}

// -------------------------------------------------------------------------------------------------------------- envelope

/** What the host grants: docs/guests.md. */
#define QR_MAX_RESPONSES 32
#define QR_MAX_PARAMS 64
/** 32 request lines of the longest kind. */
#define QR_OUTPUT_BYTES 20480

/** What became of one request, in the order of the requests. */
typedef struct {
  /** The source's id, as the manifest names it. */
  qr_text source;
  /** An HTTP status, or `error:` and the code of a failure. */
  qr_text outcome;
  qr_text body;
  /** Whether the status is 200. */
  bool ok;
} qr_response;

typedef struct {
  qr_text key;
  qr_text value;
} qr_parameter;

/** The input of a phase. */
typedef struct {
  qr_text feed;
  /** Unix seconds, fixed per round. */
  uint32_t time;
  uint32_t param_count;
  uint32_t response_count;
  qr_parameter params[QR_MAX_PARAMS];
  qr_response responses[QR_MAX_RESPONSES];
} qr_input;

/** Takes the text up to a separator, and passes over it. */
static inline qr_text qr_until(qr_text *rest, char separator) {
  uint32_t length = 0;
  while (length < rest->length && rest->at[length] != separator) length++;
  if (length == rest->length) __builtin_trap();
  const qr_text taken = qr_part(*rest, 0, length);
  *rest = qr_part(*rest, length + 1, rest->length - length - 1);
  return taken;
}

static inline void qr_read_head_line(qr_input *input, qr_text *rest) {
  const qr_text word = qr_until(rest, ' ');
  if (qr_equal(word, QR("param"))) {
    if (input->param_count == QR_MAX_PARAMS) __builtin_trap();
    qr_parameter *param = &input->params[input->param_count++];
    param->key = qr_until(rest, ' ');
    param->value = qr_until(rest, '\n');
    return;
  }
  const qr_text line = qr_until(rest, '\n');
  if (qr_equal(word, QR("feed"))) input->feed = line;
  if (qr_equal(word, QR("time")) && !qr_whole(line, &input->time)) __builtin_trap();
}

static inline void qr_read_response(qr_input *input, qr_text *rest) {
  if (input->response_count == QR_MAX_RESPONSES) __builtin_trap();
  qr_response *response = &input->responses[input->response_count++];
  qr_until(rest, ' ');
  qr_until(rest, ' ');
  response->source = qr_until(rest, ' ');
  response->outcome = qr_until(rest, ' ');
  response->ok = qr_equal(response->outcome, QR("200"));
  uint32_t length;
  if (!qr_whole(qr_until(rest, '\n'), &length) || length >= rest->length) __builtin_trap();
  response->body = qr_part(*rest, 0, length);
  *rest = qr_part(*rest, length + 1, rest->length - length - 1);
}

/** Reads what the host wrote. Texts stay where they are. */
static inline void qr_read(qr_input *input, const char *pointer, uint32_t length) {
  qr_text rest = {pointer, length};
  if (!qr_equal(qr_until(&rest, ' '), QR("fetcher/1"))) __builtin_trap();
  qr_until(&rest, '\n');
  while (rest.length > 0 && rest.at[0] != '\n') qr_read_head_line(input, &rest);
  qr_until(&rest, '\n');
  while (rest.length > 0) qr_read_response(input, &rest);
}

/** A parameter of the feed, from the manifest; empty if it is not there. */
static inline qr_text qr_param(const qr_input *input, const char *key) {
  for (uint32_t i = 0; i < input->param_count; i++)
    if (qr_equal(input->params[i].key, qr_c(key))) return input->params[i].value;
  return (qr_text){"", 0};
}

/** A parameter that is a whole number. Traps for anything else: a manifest is the author's own. */
static inline uint32_t qr_count(const qr_input *input, const char *key, uint32_t otherwise) {
  const qr_text text = qr_param(input, key);
  uint32_t number = otherwise;
  if (text.length > 0 && !qr_whole(text, &number)) __builtin_trap();
  return number;
}

/** The response to a request; one that is not ok where there are fewer. */
static inline qr_response qr_response_at(const qr_input *input, uint32_t index) {
  if (index < input->response_count) return input->responses[index];
  return (qr_response){{"", 0}, QR("none"), {"", 0}, false};
}

static char qr_output[QR_OUTPUT_BYTES];
static uint32_t qr_output_length;

/** Adds to the answer. */
static inline void qr_put(qr_text text) {
  if (text.length > QR_OUTPUT_BYTES - qr_output_length) __builtin_trap();
  qr_copy(qr_output + qr_output_length, text);
  qr_output_length += text.length;
}

/** Packs what was put as the answer of a phase. */
static inline uint64_t qr_answer(void) {
  return (uint64_t)(uintptr_t)qr_output << 32 | qr_output_length;
}

/** Adds a request. @param path begins with `/`; qr_join builds longer ones. */
static inline void qr_get(qr_text source, qr_text path) {
  qr_put(QR("GET "));
  qr_put(source);
  qr_put(QR(" "));
  qr_put(path);
  qr_put(QR("\n"));
}

/** @param code `[a-z0-9-]{1,32}`. @param message one line, at most 256 bytes. */
static inline uint64_t qr_fail(const char *code, qr_text message) {
  qr_output_length = 0;
  qr_put(QR("fail "));
  qr_put(qr_c(code));
  qr_put(QR(" "));
  qr_put(message);
  qr_put(QR("\n"));
  return qr_answer();
}

// -------------------------------------------------------------------------------------------------------------- decimals

/**
 * An exact decimal number: an integer of 128 bits, two's complement, scaled by 10^18. Every decimal is below 10^19 in
 * magnitude, so that the sum of two fits; an operation whose result is not answers false.
 */
typedef struct {
  int64_t hi;
  uint64_t lo;
} qr_decimal;

#define QR_FRACTION_DIGITS 18
#define QR_WHOLE_DIGITS 19
/** 10^37, the bound of the scaled integers. */
#define QR_LIMIT_HI INT64_C(0x0785ee10d5da46d9)
#define QR_LIMIT_LO UINT64_C(0x00f436a000000000)

static inline bool qr_less(qr_decimal a, qr_decimal b) {
  return a.hi == b.hi ? a.lo < b.lo : a.hi < b.hi;
}

static inline bool qr_is_negative(qr_decimal a) {
  return a.hi < 0;
}

static inline bool qr_is_zero(qr_decimal a) {
  return a.hi == 0 && a.lo == 0;
}

static inline qr_decimal qr_negated(qr_decimal a) {
  return (qr_decimal){(int64_t)(~(uint64_t)a.hi + (a.lo == 0)), ~a.lo + 1};
}

static inline qr_decimal qr_magnitude(qr_decimal a) {
  return a.hi < 0 ? qr_negated(a) : a;
}

static inline bool qr_in_range(qr_decimal a) {
  return qr_less(qr_magnitude(a), (qr_decimal){QR_LIMIT_HI, QR_LIMIT_LO});
}

static inline qr_decimal qr_sum(qr_decimal a, qr_decimal b) {
  const uint64_t lo = a.lo + b.lo;
  return (qr_decimal){(int64_t)((uint64_t)a.hi + (uint64_t)b.hi + (lo < a.lo)), lo};
}

static inline bool qr_add(qr_decimal a, qr_decimal b, qr_decimal *sum) {
  *sum = qr_sum(a, b);
  return qr_in_range(*sum);
}

static inline bool qr_subtract(qr_decimal a, qr_decimal b, qr_decimal *difference) {
  return qr_add(a, qr_negated(b), difference);
}

/** floor((a + b) / 2) in units of 10^-18. */
static inline qr_decimal qr_mean(qr_decimal a, qr_decimal b) {
  const qr_decimal sum = qr_sum(a, b);
  return (qr_decimal){sum.hi >> 1, sum.lo >> 1 | (uint64_t)sum.hi << 63};
}

/** Numbers of up to 256 bits, the lowest limb first. */
typedef struct {
  uint32_t limb[8];
} qr_wide;

static inline qr_wide qr_widened(qr_decimal magnitude) {
  const uint64_t hi = (uint64_t)magnitude.hi;
  return (qr_wide){{(uint32_t)magnitude.lo, (uint32_t)(magnitude.lo >> 32), (uint32_t)hi, (uint32_t)(hi >> 32)}};
}

/** Multiplies by a number of 32 bits. */
static inline void qr_wide_scale(qr_wide *wide, uint32_t factor) {
  uint64_t carry = 0;
  for (int i = 0; i < 8; i++) {
    carry += (uint64_t)wide->limb[i] * factor;
    wide->limb[i] = (uint32_t)carry;
    carry >>= 32;
  }
}

/** Divides by a number of 32 bits, and answers the remainder. */
static inline uint32_t qr_wide_divide(qr_wide *wide, uint32_t divisor) {
  uint64_t rest = 0;
  for (int i = 7; i >= 0; i--) {
    rest = rest << 32 | wide->limb[i];
    wide->limb[i] = (uint32_t)(rest / divisor);
    rest %= divisor;
  }
  return (uint32_t)rest;
}

/** Back to a decimal, with a sign. @returns false where it is out of range. */
static inline bool qr_narrowed(const qr_wide *wide, bool negative, qr_decimal *result) {
  if ((wide->limb[4] | wide->limb[5] | wide->limb[6] | wide->limb[7] | wide->limb[3] >> 31) != 0) return false;
  *result = (qr_decimal){(int64_t)((uint64_t)wide->limb[3] << 32 | wide->limb[2]),
                         (uint64_t)wide->limb[1] << 32 | wide->limb[0]};
  const bool in_range = qr_in_range(*result);
  if (negative) *result = qr_negated(*result);
  return in_range;
}

/** a · b, digits after the 18th cut, toward zero. */
static inline bool qr_multiply(qr_decimal a, qr_decimal b, qr_decimal *product) {
  const qr_wide x = qr_widened(qr_magnitude(a)), y = qr_widened(qr_magnitude(b));
  qr_wide wide = {{0}};
  for (int i = 0; i < 4; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < 4; j++) {
      carry += (uint64_t)x.limb[i] * y.limb[j] + wide.limb[i + j];
      wide.limb[i + j] = (uint32_t)carry;
      carry >>= 32;
    }
    wide.limb[i + 4] = (uint32_t)carry;
  }
  qr_wide_divide(&wide, 1000000000u);
  qr_wide_divide(&wide, 1000000000u);
  return qr_narrowed(&wide, qr_is_negative(a) != qr_is_negative(b), product);
}

/** a / b, digits after the 18th cut, toward zero. @returns false for b = 0 too. Some 8,000 units of fuel. */
static inline bool qr_divide(qr_decimal a, qr_decimal b, qr_decimal *quotient) {
  if (qr_is_zero(b)) return false;
  qr_wide wide = qr_widened(qr_magnitude(a));
  qr_wide_scale(&wide, 1000000000u);
  qr_wide_scale(&wide, 1000000000u);
  // One bit at a time. The remainder stays below the divisor, which is below 2^127: twice it fits.
  const qr_decimal divisor = qr_magnitude(b);
  qr_decimal rest = {0, 0};
  for (int i = 7; i >= 0; i--) {
    uint32_t limb = wide.limb[i];
    if (limb == 0 && qr_is_zero(rest)) continue;
    uint32_t bits = 0;
    for (int bit = 0; bit < 32; bit++) {
      rest.hi = (int64_t)((uint64_t)rest.hi << 1 | rest.lo >> 63);
      rest.lo = rest.lo << 1 | limb >> 31;
      limb <<= 1;
      bits <<= 1;
      if (!qr_less(rest, divisor)) {
        rest = qr_sum(rest, qr_negated(divisor));
        bits |= 1;
      }
    }
    wide.limb[i] = bits;
  }
  return qr_narrowed(&wide, qr_is_negative(a) != qr_is_negative(b), quotient);
}

/** A whole number as a decimal. */
static inline qr_decimal qr_decimal_of(uint32_t whole) {
  qr_wide wide = {{whole}};
  qr_wide_scale(&wide, 1000000000u);
  qr_wide_scale(&wide, 1000000000u);
  qr_decimal result;
  qr_narrowed(&wide, false, &result);
  return result;
}

static inline uint32_t qr_digits_end(qr_text text, uint32_t start) {
  while (start < text.length && qr_is_digit(text.at[start])) start++;
  return start;
}

/** Of a magnitude: ten times it, plus a digit. */
static inline qr_decimal qr_shifted(qr_decimal a, uint32_t digit) {
  const uint64_t low = (a.lo & 0xffffffffu) * 10 + digit;
  const uint64_t high = (a.lo >> 32) * 10 + (low >> 32);
  return (qr_decimal){a.hi * 10 + (int64_t)(high >> 32), high << 32 | (low & 0xffffffffu)};
}

/**
 * Reads `[+-]digits[.digits]`, at most 19 digits before the point; digits of fraction after the 18th are cut, toward zero.
 * @returns false for anything else, exponents included.
 */
static inline bool qr_decimal_parse(qr_text text, qr_decimal *result) {
  const bool negative = text.length > 0 && text.at[0] == '-';
  const uint32_t start = negative || (text.length > 0 && text.at[0] == '+') ? 1 : 0;
  const uint32_t point = qr_digits_end(text, start);
  uint32_t fraction = text.length;
  if (point == start || point - start > QR_WHOLE_DIGITS) return false;
  if (point < text.length) {
    fraction = point + 1;
    if (text.at[point] != '.' || fraction == text.length || qr_digits_end(text, fraction) != text.length) return false;
  }
  qr_decimal magnitude = {0, 0};
  for (uint32_t i = start; i < point; i++) magnitude = qr_shifted(magnitude, (uint32_t)(text.at[i] - '0'));
  for (uint32_t i = fraction; i < fraction + QR_FRACTION_DIGITS; i++)
    magnitude = qr_shifted(magnitude, i < text.length ? (uint32_t)(text.at[i] - '0') : 0);
  *result = negative ? qr_negated(magnitude) : magnitude;
  return true;
}

/** The shortest exact text, without trailing zeros of the fraction. */
static inline qr_text qr_decimal_text(qr_decimal decimal) {
  // Sign, 19 digits, point, 18 digits.
  char *end = (char *)alloc(40) + 40, *at = end;
  qr_wide rest = qr_widened(qr_magnitude(decimal));
  bool has_fraction = false;
  for (int place = 0; place <= QR_FRACTION_DIGITS || (rest.limb[0] | rest.limb[1] | rest.limb[2] | rest.limb[3]) != 0;
       place++) {
    if (place == QR_FRACTION_DIGITS && has_fraction) *--at = '.';
    const uint32_t digit = qr_wide_divide(&rest, 10);
    if (place < QR_FRACTION_DIGITS && digit == 0 && !has_fraction) continue;
    if (place < QR_FRACTION_DIGITS) has_fraction = true;
    *--at = (char)('0' + digit);
  }
  if (qr_is_negative(decimal)) *--at = '-';
  return (qr_text){at, (uint32_t)(end - at)};
}

static inline uint64_t qr_value(qr_decimal decimal) {
  qr_output_length = 0;
  qr_put(QR("value "));
  qr_put(qr_decimal_text(decimal));
  qr_put(QR("\n"));
  return qr_answer();
}

/** The middle value; of an even number the mean of the middle two, rounded down. Sorts `values`. Needs at least one. */
static inline qr_decimal qr_median(qr_decimal *values, uint32_t count) {
  if (count == 0) __builtin_trap();
  for (uint32_t end = 1; end < count; end++) {
    const qr_decimal value = values[end];
    uint32_t place = end;
    for (; place > 0 && qr_less(value, values[place - 1]); place--) values[place] = values[place - 1];
    values[place] = value;
  }
  const uint32_t middle = count / 2;
  return count % 2 ? values[middle] : qr_mean(values[middle - 1], values[middle]);
}

// ------------------------------------------------------------------------------------------------------------------ JSON

/**
 * A value in a JSON document that was checked whole (RFC 8259), read where it stands. `at` is NULL for a value that is not
 * there; so is all that is asked of it.
 */
typedef qr_text qr_json;

/** A ticker has 1 KiB. Longer documents would let one source use up the fuel that all share. */
#define QR_JSON_MAX_BYTES 32768u
/** Deeper documents are refused; tickers nest three levels. */
#define QR_JSON_MAX_DEPTH 32

#define QR_MISSING ((qr_json){NULL, 0})

static inline const char *qr_json_value_end(const char *at, const char *end, int depth);

static inline const char *qr_json_skip(const char *at, const char *end) {
  while (at < end && qr_is_space(*at)) at++;
  return at;
}

/** Past the last byte of an escape sequence; NULL if it is none. @param at the byte after the backslash. */
static inline const char *qr_json_escape_end(const char *at, const char *end) {
  static const char known[] = "\"\\/bfnrt";
  if (at == end) return NULL;
  if (*at == 'u') {
    if (end - at < 5) return NULL;
    for (int i = 1; i <= 4; i++) {
      const char letter = (char)(at[i] | 0x20);
      if (!qr_is_digit(at[i]) && !(letter >= 'a' && letter <= 'f')) return NULL;
    }
    return at + 5;
  }
  for (const char *one = known; *one != 0; one++)
    if (*at == *one) return at + 1;
  return NULL;
}

static inline const char *qr_json_string_end(const char *at, const char *end) {
  for (at++; at != NULL && at < end;) {
    if (*at == '"') return at + 1;
    if ((unsigned char)*at < 0x20) return NULL;
    at = *at == '\\' ? qr_json_escape_end(at + 1, end) : at + 1;
  }
  return NULL;
}

static inline const char *qr_json_digits_end(const char *at, const char *end) {
  while (at < end && qr_is_digit(*at)) at++;
  return at;
}

static inline const char *qr_json_number_end(const char *at, const char *end) {
  if (*at == '-') at++;
  const char *whole = qr_json_digits_end(at, end);
  if (whole == at || (*at == '0' && whole > at + 1)) return NULL;
  at = whole;
  if (at < end && *at == '.') {
    const char *fraction = qr_json_digits_end(at + 1, end);
    if (fraction == at + 1) return NULL;
    at = fraction;
  }
  if (at < end && (*at | 0x20) == 'e') {
    const char *digits = at + 1;
    if (digits < end && (*digits == '+' || *digits == '-')) digits++;
    at = qr_json_digits_end(digits, end);
    if (at == digits) return NULL;
  }
  return at;
}

static inline const char *qr_json_word_end(const char *at, const char *end, qr_text word) {
  if ((size_t)(end - at) < word.length) return NULL;
  return qr_equal((qr_text){at, word.length}, word) ? at + word.length : NULL;
}

/** Passes over a key and its colon. */
static inline const char *qr_json_key_end(const char *at, const char *end) {
  const char *after = at < end && *at == '"' ? qr_json_string_end(at, end) : NULL;
  if (after == NULL) return NULL;
  after = qr_json_skip(after, end);
  return after < end && *after == ':' ? qr_json_skip(after + 1, end) : NULL;
}

/** Of an object or an array. */
static inline const char *qr_json_list_end(const char *at, const char *end, int depth) {
  const bool object = *at == '{';
  const char close = object ? '}' : ']';
  at = qr_json_skip(at + 1, end);
  if (at < end && *at == close) return at + 1;
  while (at < end) {
    if (object) at = qr_json_key_end(at, end);
    if (at == NULL) return NULL;
    at = qr_json_value_end(at, end, depth + 1);
    if (at == NULL) return NULL;
    at = qr_json_skip(at, end);
    if (at < end && *at == close) return at + 1;
    if (at == end || *at != ',') return NULL;
    at = qr_json_skip(at + 1, end);
  }
  return NULL;
}

/** Where the value that begins at `at` ends; NULL for malformed text. */
static inline const char *qr_json_value_end(const char *at, const char *end, int depth) {
  if (at == end || depth > QR_JSON_MAX_DEPTH) return NULL;
  switch (*at) {
    case '"':
      return qr_json_string_end(at, end);
    case '{':
    case '[':
      return qr_json_list_end(at, end, depth);
    case 't':
      return qr_json_word_end(at, end, QR("true"));
    case 'f':
      return qr_json_word_end(at, end, QR("false"));
    case 'n':
      return qr_json_word_end(at, end, QR("null"));
    default:
      return *at == '-' || qr_is_digit(*at) ? qr_json_number_end(at, end) : NULL;
  }
}

/** The document in a text; missing if it is not well-formed, or longer than 32 KiB. */
static inline qr_json qr_json_parse(qr_text text) {
  if (text.length > QR_JSON_MAX_BYTES) return QR_MISSING;
  const char *end = text.at + text.length, *begin = qr_json_skip(text.at, end);
  const char *after = qr_json_value_end(begin, end, 0);
  if (after == NULL || qr_json_skip(after, end) != end) return QR_MISSING;
  return (qr_json){begin, (uint32_t)(after - begin)};
}

/** The body of a response; missing if the response is not ok. */
static inline qr_json qr_json_body(qr_response response) {
  return response.ok ? qr_json_parse(response.body) : QR_MISSING;
}

static inline bool qr_json_exists(qr_json json) {
  return json.at != NULL;
}

static inline bool qr_json_opens(qr_json json, char byte) {
  return json.at != NULL && json.at[0] == byte;
}

/** One element of an array, or one member of an object, as an iteration finds them. */
typedef struct {
  const char *at;
  const char *end;
  /** With its quotes; only in an object. */
  qr_text key;
  qr_json value;
} qr_json_item;

static inline qr_json_item qr_json_items(qr_json list) {
  if (!qr_json_opens(list, '{') && !qr_json_opens(list, '[')) return (qr_json_item){NULL, NULL, {NULL, 0}, QR_MISSING};
  return (qr_json_item){list.at + 1, list.at + list.length, {NULL, 0}, QR_MISSING};
}

/** Moves on to the next element or member. @returns false behind the last. */
static inline bool qr_json_next(qr_json_item *item) {
  if (item->at == NULL) return false;
  const char *end = item->end, *at = qr_json_skip(item->at, end);
  if (*at == ',') at = qr_json_skip(at + 1, end);
  if (*at == end[-1] && at + 1 == end) return false;
  item->key = (qr_text){NULL, 0};
  if (end[-1] == '}') {
    const char *after = qr_json_string_end(at, end);
    item->key = (qr_text){at, (uint32_t)(after - at)};
    at = qr_json_key_end(at, end);
  }
  item->at = qr_json_value_end(at, end, 0);
  item->value = (qr_json){at, (uint32_t)(item->at - at)};
  return true;
}

/** A member of an object, by an ASCII key without escapes; the first of several. */
static inline qr_json qr_json_get(qr_json object, const char *key) {
  const qr_text wanted = qr_c(key);
  if (!qr_json_opens(object, '{')) return QR_MISSING;
  for (qr_json_item item = qr_json_items(object); qr_json_next(&item);)
    if (qr_equal(qr_part(item.key, 1, item.key.length - 2), wanted)) return item.value;
  return QR_MISSING;
}

/** The value of an object's first member, whatever its key. */
static inline qr_json qr_json_first(qr_json object) {
  qr_json_item item = qr_json_items(object);
  return qr_json_opens(object, '{') && qr_json_next(&item) ? item.value : QR_MISSING;
}

/** An element of an array. */
static inline qr_json qr_json_at(qr_json array, uint32_t index) {
  if (!qr_json_opens(array, '[')) return QR_MISSING;
  for (qr_json_item item = qr_json_items(array); qr_json_next(&item);)
    if (index-- == 0) return item.value;
  return QR_MISSING;
}

static inline bool qr_json_is_empty_array(qr_json json) {
  qr_json_item item = qr_json_items(json);
  return qr_json_opens(json, '[') && !qr_json_next(&item);
}

/** The text of a string, escapes as they are written; of anything else the text as it stands. */
static inline qr_text qr_json_text(qr_json json) {
  return qr_json_opens(json, '"') ? qr_part(json, 1, json.length - 2) : json;
}

/** A number, or a string that holds one, exactly as it is written. */
static inline bool qr_json_decimal(qr_json json, qr_decimal *result) {
  return qr_json_exists(json) && qr_decimal_parse(qr_json_text(json), result);
}

// -------------------------------------------------------------------------------------------------------- host functions

// Each is imported only where it is used, and has to be asked for in the manifest: `host: [log, metrics, storage]`.

QR_IMPORT("log") void quorate_log(uint32_t level, const char *text, uint32_t length);
QR_IMPORT("counter_add")
void quorate_counter_add(const char *name, uint32_t length, const char *label, uint32_t label_length, uint64_t amount);
QR_IMPORT("gauge_set")
void quorate_gauge_set(const char *name, uint32_t length, const char *label, uint32_t label_length, double value);
QR_IMPORT("storage_get")
int32_t quorate_storage_get(const char *key, uint32_t length, char *buffer, uint32_t capacity);
QR_IMPORT("storage_set")
int32_t quorate_storage_set(const char *key, uint32_t length, const char *value, uint32_t value_length);
QR_IMPORT("storage_delete") int32_t quorate_storage_delete(const char *key, uint32_t length);

enum { QR_DEBUG = 0, QR_INFO = 1, QR_WARN = 2, QR_ERROR = 3 };

/** Tells the operator something, in one line. */
static inline void qr_log(uint32_t level, qr_text line) {
  quorate_log(level, line.at, line.length);
}

/** @param name `[a-z][a-z0-9_]{0,47}`; exported as `wasm_custom_<name>`. @param label its one free label, may be empty. */
static inline void qr_counter_add(const char *name, qr_text label, uint64_t amount) {
  const qr_text text = qr_c(name);
  quorate_counter_add(text.at, text.length, label.at, label.length, amount);
}

/** For metrics only: the nearest double. */
static inline double qr_decimal_double(qr_decimal decimal) {
  const qr_decimal magnitude = qr_magnitude(decimal);
  const double value = ((double)(uint64_t)magnitude.hi * 18446744073709551616.0 + (double)magnitude.lo) / 1e18;
  return qr_is_negative(decimal) ? -value : value;
}

static inline void qr_gauge_set(const char *name, qr_text label, qr_decimal value) {
  const qr_text text = qr_c(name);
  quorate_gauge_set(text.at, text.length, label.at, label.length, qr_decimal_double(value));
}

/** What is stored under a key. @returns false where there is nothing. */
static inline bool qr_storage_get(qr_text key, qr_text *value) {
  int32_t length = quorate_storage_get(key.at, key.length, NULL, 0);
  if (length < 0) return false;
  char *buffer = alloc((uint32_t)length);
  quorate_storage_get(key.at, key.length, buffer, (uint32_t)length);
  *value = (qr_text){buffer, (uint32_t)length};
  return true;
}

/** Kept if this phase succeeds. @returns false where the module's storage is full. */
static inline bool qr_storage_set(qr_text key, qr_text value) {
  return quorate_storage_set(key.at, key.length, value.at, value.length) == 1;
}

static inline bool qr_storage_delete(qr_text key) {
  return quorate_storage_delete(key.at, key.length) == 1;
}

#endif
