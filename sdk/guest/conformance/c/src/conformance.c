// SPDX-License-Identifier: MIT OR GPL-3.0-or-later
//
// Does with the SDK what the parameters say, so that a test can hold the SDKs of all languages against each other.

#include "../../../c/quorate.h"

#define MAX_VALUES 64

QR_REQUESTS(input) {
  for (uint32_t i = qr_count(input, "count", 1); i > 0; i--)
    qr_get(qr_param(input, "a"), qr_join(QR("/"), qr_param(input, "b")));
  return qr_answer();
}

static uint32_t count(qr_json json) {
  uint32_t total = 0;
  for (qr_json_item item = qr_json_items(json); qr_json_next(&item);) total++;
  return total;
}

/** Follows a path of keys and indexes: `*` is the first member, `#` the number of items, `?` whether it is []. */
static bool found(qr_json json, qr_text path, qr_decimal *result) {
  while (path.length > 0) {
    uint32_t end = 0;
    while (end < path.length && path.at[end] != '/') end++;
    const qr_text step = qr_part(path, 0, end);
    path = end < path.length ? qr_part(path, end + 1, path.length - end - 1) : (qr_text){"", 0};
    if (qr_equal(step, QR("#"))) return *result = qr_decimal_of(count(json)), true;
    if (qr_equal(step, QR("?"))) return *result = qr_decimal_of(qr_json_is_empty_array(json)), true;
    char *key = alloc(step.length + 1);
    qr_copy(key, step);
    key[step.length] = 0;
    if (qr_equal(step, QR("*"))) json = qr_json_first(json);
    else json = qr_is_digit(key[0]) ? qr_json_at(json, (uint32_t)(key[0] - '0')) : qr_json_get(json, key);
  }
  return qr_json_decimal(json, result);
}

static bool middle(qr_text list, qr_decimal *result) {
  qr_decimal values[MAX_VALUES];
  uint32_t amount = 0;
  for (uint32_t start = 0, end = 0; end <= list.length; end++) {
    if (end < list.length && list.at[end] != ',') continue;
    if (qr_decimal_parse(qr_part(list, start, end - start), &values[amount])) amount++;
    start = end + 1;
  }
  if (amount > 0) *result = qr_median(values, amount);
  return amount > 0;
}

static bool calculated(const qr_input *input, qr_decimal *result) {
  const qr_text operation = qr_param(input, "op");
  if (qr_equal(operation, QR("json")))
    return found(qr_json_body(qr_response_at(input, 0)), qr_param(input, "path"), result);
  if (qr_equal(operation, QR("whole"))) return *result = qr_decimal_of(qr_count(input, "a", 7)), true;
  if (qr_equal(operation, QR("time"))) return *result = qr_decimal_of(input->time), true;
  if (qr_equal(operation, QR("median"))) return middle(qr_param(input, "a"), result);
  qr_decimal a, b;
  if (!qr_decimal_parse(qr_param(input, "a"), &a)) return false;
  if (qr_equal(operation, QR("parse"))) return *result = a, true;
  if (!qr_decimal_parse(qr_param(input, "b"), &b)) return false;
  if (qr_equal(operation, QR("plus"))) return qr_add(a, b, result);
  if (qr_equal(operation, QR("minus"))) return qr_subtract(a, b, result);
  if (qr_equal(operation, QR("times"))) return qr_multiply(a, b, result);
  if (qr_equal(operation, QR("over"))) return qr_divide(a, b, result);
  if (qr_equal(operation, QR("mean"))) return *result = qr_mean(a, b), true;
  if (qr_equal(operation, QR("less"))) return *result = qr_decimal_of(qr_less(a, b)), true;
  return false;
}

QR_OBSERVE(input) {
  qr_decimal result;
  return calculated(input, &result) ? qr_value(result) : qr_fail("none", input->feed);
}
