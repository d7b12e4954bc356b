//! Does with the SDK what the parameters say, so that a test can hold the SDKs of all languages against each other.

#![no_std]

use quorate_guest::{fetcher, median, Decimal, Failure, Input, Json, Requests};

fetcher!(requests, observe);

const MAX_VALUES: usize = 64;

fn requests(input: &Input, list: &mut Requests) {
    for _ in 0..input.count("count", 1) {
        list.get(input.param("a"), &["/", input.param("b")]);
    }
}

fn observe(input: &Input) -> Result<Decimal, Failure> {
    calculated(input).ok_or(Failure::new("none", input.feed))
}

fn calculated(input: &Input) -> Option<Decimal> {
    match input.param("op") {
        "json" => return found(input.response(0).json(), input.param("path")),
        "whole" => return Some(Decimal::from_whole(input.count("a", 7))),
        "time" => return Some(Decimal::from_whole(input.time)),
        "median" => return middle(input.param("a")),
        _ => {}
    }
    let a = Decimal::parse(input.param("a").as_bytes())?;
    if input.param("op") == "parse" {
        return Some(a);
    }
    let b = Decimal::parse(input.param("b").as_bytes())?;
    match input.param("op") {
        "plus" => a.plus(b),
        "minus" => a.minus(b),
        "times" => a.times(b),
        "over" => a.over(b),
        "mean" => Some(Decimal::mean(a, b)),
        "less" => Some(truth(a < b)),
        _ => None,
    }
}

fn middle(list: &str) -> Option<Decimal> {
    let mut values = [Decimal::ZERO; MAX_VALUES];
    let mut amount = 0;
    for value in list.split(',').filter_map(|text| Decimal::parse(text.as_bytes())) {
        values[amount] = value;
        amount += 1;
    }
    median(&mut values[..amount])
}

/// Follows a path of keys and indexes: `*` is the first member, `#` the number of items, `?` whether it is [].
fn found(document: Json, path: &str) -> Option<Decimal> {
    let mut json = document;
    for step in path.split('/') {
        json = match step.as_bytes() {
            b"#" => return Some(Decimal::from_whole(json.elements().count() as u32)),
            b"?" => return Some(truth(json.is_empty_array())),
            b"*" => json.first(),
            [digit @ b'0'..=b'9', ..] => json.at(usize::from(digit - b'0')),
            _ => json.get(step),
        };
    }
    json.decimal()
}

fn truth(yes: bool) -> Decimal {
    Decimal::from_whole(u32::from(yes))
}
