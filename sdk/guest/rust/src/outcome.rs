use crate::{Decimal, Text};

/// The requests of a fetcher, built up line by line.
pub struct Requests {
    pub(crate) text: Text,
}

impl Requests {
    /// Adds a request for a path, given in parts; it begins with `/`.
    pub fn get(&mut self, source: &str, path: &[&str]) {
        for part in ["GET ", source, " "].iter().chain(path).chain(&["\n"]) {
            self.text.push(part);
        }
    }
}

/// Why a feed has no value this time.
pub struct Failure {
    code: &'static str,
    message: &'static str,
}

impl Failure {
    /// `code` is `[a-z0-9-]{1,32}`, `message` one line for a person, at most 256 bytes (see `Text` for building one).
    pub const fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }
}

/// The line that `observe` answers.
pub(crate) fn outcome_text(outcome: Result<Decimal, Failure>) -> Text {
    let mut text = Text::new();
    match outcome {
        Ok(decimal) => {
            text.push("value ");
            decimal.write(&mut text);
        }
        Err(Failure { code, message }) => ["fail ", code, " ", message].iter().for_each(|part| text.push(part)),
    }
    text.push("\n");
    text
}
