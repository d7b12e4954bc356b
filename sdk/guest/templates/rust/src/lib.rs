//! fetcher-name: the middle of bid and ask.

#![no_std]

use quorate_guest::{fetcher, Decimal, Failure, Input, Requests};

fetcher!(requests, observe);

fn requests(input: &Input, list: &mut Requests) {
    list.get("book", &["/", input.param("symbol"), ".json"]);
}

fn observe(input: &Input) -> Result<Decimal, Failure> {
    let response = input.response(0);
    let book = response.json();
    match (book.get("bid").decimal(), book.get("ask").decimal()) {
        (Some(bid), Some(ask)) => Ok(Decimal::mean(bid, ask)),
        _ => Err(Failure::new("no-quote", response.outcome)),
    }
}
