//! A price smoothed over time: each reading pulls the value that this node keeps in its storage towards itself, by a weight.

#![no_std]

use core::fmt::Write;
use quorate_guest::{fetcher, host, Decimal, Failure, Input, Requests, Text};

fetcher!(requests, observe);

/// A fifth of the way towards each new reading.
const DEFAULT_WEIGHT: &str = "0.2";
/// After five minutes without a reading the old value says nothing any more.
const DEFAULT_MAX_GAP_SECONDS: u32 = 300;

/// What is stored under the feed's name: `<unix seconds> <decimal>`.
#[derive(Clone, Copy)]
struct Smoothed {
    time: u32,
    value: Decimal,
}

fn requests(input: &Input, list: &mut Requests) {
    list.get("ticker", &[input.param("path")]);
}

fn observe(input: &Input) -> Result<Decimal, Failure> {
    let response = input.response(0);
    let reading = response.json().get(input.param("field")).decimal();
    let reading = reading.ok_or(Failure::new("no-price", response.outcome))?;
    host::count("readings_total", input.feed, 1);
    let before = load(input.feed).filter(|before| is_recent(input, *before));
    let value = match before {
        Some(before) => pulled(before.value, reading, weight(input)?)?,
        None => reading,
    };
    host::gauge("distance", input.feed, reading.minus(value).unwrap_or(Decimal::ZERO));
    match before {
        // A round that is run again leaves the storage as it is.
        Some(before) if before.time >= input.time => {}
        _ => store(input, value)?,
    }
    Ok(value)
}

fn weight(input: &Input) -> Result<Decimal, Failure> {
    let text = match input.param("weight") {
        "" => DEFAULT_WEIGHT,
        given => given,
    };
    Decimal::parse(text.as_bytes())
        .filter(|weight| *weight > Decimal::ZERO && *weight <= Decimal::from_whole(1))
        .ok_or(Failure::new("weight-invalid", "the weight is a number above 0 and up to 1"))
}

/// value + (reading − value) · weight
fn pulled(value: Decimal, reading: Decimal, weight: Decimal) -> Result<Decimal, Failure> {
    let step = reading.minus(value).and_then(|distance| distance.times(weight));
    step.and_then(|step| value.plus(step)).ok_or(Failure::new("out-of-range", "the price has more than 19 digits"))
}

fn is_recent(input: &Input, before: Smoothed) -> bool {
    let gap = input.time.saturating_sub(before.time);
    let recent = gap <= input.count("max-gap", DEFAULT_MAX_GAP_SECONDS);
    if !recent {
        let mut line = Text::new();
        let _ = write!(line, "{}: starts again after {} s without a reading", input.feed, gap);
        host::log(host::Level::Info, line.leak());
    }
    recent
}

fn load(feed: &str) -> Option<Smoothed> {
    let text = core::str::from_utf8(host::load(feed)?).ok()?;
    let (time, value) = text.split_once(' ')?;
    Some(Smoothed { time: time.parse().ok()?, value: Decimal::parse(value.as_bytes())? })
}

fn store(input: &Input, value: Decimal) -> Result<(), Failure> {
    let mut text = Text::new();
    let _ = write!(text, "{} ", input.time);
    value.write(&mut text);
    match host::store(input.feed, text.leak().as_bytes()) {
        true => Ok(()),
        false => Err(Failure::new("storage-full", "the module's storage takes no more")),
    }
}
