// fetcher-name: the middle of bid and ask.

#include "quorate.h"

QR_REQUESTS(input) {
  qr_get(QR("book"), qr_join(qr_join(QR("/"), qr_param(input, "symbol")), QR(".json")));
  return qr_answer();
}

QR_OBSERVE(input) {
  const qr_response response = qr_response_at(input, 0);
  const qr_json book = qr_json_body(response);
  qr_decimal bid, ask;
  if (!qr_json_decimal(qr_json_get(book, "bid"), &bid) || !qr_json_decimal(qr_json_get(book, "ask"), &ask))
    return qr_fail("no-quote", qr_join(QR("no bid and ask: "), response.outcome));
  return qr_value(qr_mean(bid, ask));
}
