// SPDX-License-Identifier: GPL-3.0-or-later
//
// The rate between two currencies, crossed over the base of a central bank's daily table of reference rates.

#include "../../../sdk/guest/c/quorate.h"

/** Rates appear on working days; four days without any are a long weekend. */
#define DEFAULT_MAX_AGE_DAYS 5u
#define SECONDS_PER_DAY 86400u

QR_REQUESTS(input) {
  qr_get(QR("rates"), qr_param(input, "path"));
  return qr_answer();
}

/** Days since 1970-01-01 of a date in the Gregorian calendar (years from March on, so that leap days come last). */
static uint32_t days_of(uint32_t year, uint32_t month, uint32_t day) {
  const uint32_t march_year = month > 2 ? year : year - 1;
  const uint32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return 365 * march_year + march_year / 4 - march_year / 100 + march_year / 400 + day_of_year - 719468;
}

/** Reads `YYYY-MM-DD`, from 1970 on. */
static bool parse_date(qr_text text, uint32_t *days) {
  uint32_t year, month, day;
  if (text.length != 10 || text.at[4] != '-' || text.at[7] != '-') return false;
  if (!qr_whole(qr_part(text, 0, 4), &year) || !qr_whole(qr_part(text, 5, 2), &month)) return false;
  if (!qr_whole(qr_part(text, 8, 2), &day)) return false;
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  *days = days_of(year, month, day);
  return true;
}

/** How many units of a currency one unit of the table's base buys; false unless it is above 0. */
static bool rate_of(qr_json table, qr_text currency, qr_decimal *rate) {
  if (qr_equal(qr_json_text(qr_json_get(table, "base")), currency)) {
    *rate = qr_decimal_of(1);
    return true;
  }
  for (qr_json_item item = qr_json_items(qr_json_get(table, "rates")); qr_json_next(&item);)
    if (qr_equal(qr_part(item.key, 1, item.key.length - 2), currency))
      return qr_json_decimal(item.value, rate) && !qr_is_negative(*rate) && !qr_is_zero(*rate);
  return false;
}

QR_OBSERVE(input) {
  const qr_json table = qr_json_body(qr_response_at(input, 0));
  if (!qr_json_exists(table)) return qr_fail("no-table", qr_response_at(input, 0).outcome);
  uint32_t published;
  const uint32_t today = input->time / SECONDS_PER_DAY;
  const qr_text date = qr_json_text(qr_json_get(table, "date"));
  if (!parse_date(date, &published)) return qr_fail("no-date", QR("the table has no date"));
  if (published > today + 1) return qr_fail("from-the-future", date);
  if (published + qr_count(input, "max-age-days", DEFAULT_MAX_AGE_DAYS) < today) return qr_fail("stale", date);
  qr_decimal base, quote, rate;
  if (!rate_of(table, qr_param(input, "base"), &base)) return qr_fail("no-rate", qr_param(input, "base"));
  if (!rate_of(table, qr_param(input, "quote"), &quote)) return qr_fail("no-rate", qr_param(input, "quote"));
  if (!qr_divide(quote, base, &rate)) return qr_fail("out-of-range", QR("the rate has more than 19 digits"));
  return qr_value(rate);
}
