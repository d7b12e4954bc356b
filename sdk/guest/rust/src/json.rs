//! A reader of JSON documents that copies nothing. `parse` checks the whole document (RFC 8259), so that a truncated one is
//! noticed; after that the accessors may trust its shape.

use crate::Decimal;

/// A ticker has 1 KiB. Longer documents would let one source use up the fuel that all share.
const MAX_BYTES: usize = 32 * 1024;
/// Deeper documents are refused; tickers nest three levels.
const MAX_DEPTH: usize = 32;

/// A value in a document, or one that is not there; so is all that is asked of a missing one.
#[derive(Clone, Copy)]
pub struct Json(Option<&'static [u8]>);

impl Json {
    /// Stands for a value that is not there.
    pub const MISSING: Self = Self(None);

    /// The document in these bytes; missing if it is not well-formed, or longer than 32 KiB.
    pub fn parse(bytes: &'static [u8]) -> Self {
        if bytes.len() > MAX_BYTES {
            return Self::MISSING;
        }
        let begin = skip_space(bytes, 0);
        let end = value_end(bytes, begin, 0).filter(|end| skip_space(bytes, *end) == bytes.len());
        Self(end.map(|end| &bytes[begin..end]))
    }

    /// Whether it is there.
    pub fn exists(self) -> bool {
        self.0.is_some()
    }

    /// A member of an object, by an ASCII key without escapes; the first of several.
    pub fn get(self, key: &str) -> Self {
        let mut members = self.opening(b'{').elements();
        loop {
            match members.next() {
                None => return Self::MISSING,
                Some(value) if members.key == key.as_bytes() => return value,
                Some(_) => {}
            }
        }
    }

    /// The value of an object's first member, whatever its key.
    pub fn first(self) -> Self {
        self.opening(b'{').elements().next().unwrap_or(Self::MISSING)
    }

    /// An element of an array.
    pub fn at(self, index: usize) -> Self {
        self.opening(b'[').elements().nth(index).unwrap_or(Self::MISSING)
    }

    /// Whether it is `[]`.
    pub fn is_empty_array(self) -> bool {
        self.opening(b'[').exists() && self.elements().next().is_none()
    }

    /// An array's elements, or the values of an object's members, in the order of the document.
    pub fn elements(self) -> Elements {
        match self.0 {
            Some(bytes @ [b'{' | b'[', ..]) => Elements { bytes, at: 1, key: &[] },
            _ => Elements { bytes: b"[]", at: 1, key: &[] },
        }
    }

    /// The text of a string, escapes as they are written; of anything else the text as it stands.
    pub fn text(self) -> Option<&'static [u8]> {
        match self.0? {
            [b'"', text @ .., b'"'] => Some(text),
            text => Some(text),
        }
    }

    /// A number, or a string that holds one, exactly as it is written.
    pub fn decimal(self) -> Option<Decimal> {
        Decimal::parse(self.text()?)
    }

    fn opening(self, byte: u8) -> Self {
        Self(self.0.filter(|bytes| bytes[0] == byte))
    }
}

/// An iteration over an array or an object.
pub struct Elements {
    bytes: &'static [u8],
    at: usize,
    key: &'static [u8],
}

impl Elements {
    /// The key of the member that was found last, as it is written; empty in an array.
    pub fn key(&self) -> &'static [u8] {
        self.key
    }
}

impl Iterator for Elements {
    type Item = Json;

    fn next(&mut self) -> Option<Json> {
        let mut start = skip_space(self.bytes, self.at);
        if self.bytes.get(start) == Some(&b',') {
            start = skip_space(self.bytes, start + 1);
        }
        if start + 1 >= self.bytes.len() {
            return None;
        }
        if self.bytes[0] == b'{' {
            let after = string_end(self.bytes, start)?;
            self.key = &self.bytes[start + 1..after - 1];
            start = key_end(self.bytes, start)?;
        }
        self.at = value_end(self.bytes, start, 0)?;
        Some(Json(Some(&self.bytes[start..self.at])))
    }
}

fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// Where the value that begins at `at` ends; `None` for malformed text.
fn value_end(text: &[u8], at: usize, depth: usize) -> Option<usize> {
    match text.get(at)? {
        _ if depth > MAX_DEPTH => None,
        b'"' => string_end(text, at),
        b'{' => list_end(text, at, depth),
        b'[' => list_end(text, at, depth),
        b't' => word_end(text, at, b"true"),
        b'f' => word_end(text, at, b"false"),
        b'n' => word_end(text, at, b"null"),
        b'-' | b'0'..=b'9' => number_end(text, at),
        _ => None,
    }
}

/// Of an object or an array.
fn list_end(text: &[u8], open: usize, depth: usize) -> Option<usize> {
    let object = text[open] == b'{';
    let close = if object { b'}' } else { b']' };
    let mut at = skip_space(text, open + 1);
    if text.get(at) == Some(&close) {
        return Some(at + 1);
    }
    loop {
        if object {
            at = key_end(text, at)?;
        }
        at = skip_space(text, value_end(text, at, depth + 1)?);
        match text.get(at)? {
            b',' => at = skip_space(text, at + 1),
            byte if *byte == close => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Passes over a key and its colon.
fn key_end(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b'"') {
        return None;
    }
    let colon = skip_space(text, string_end(text, at)?);
    (text.get(colon) == Some(&b':')).then(|| skip_space(text, colon + 1))
}

/// @param start the opening quote.
fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at = match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => escape_end(text, at + 1)?,
            0..=0x1f => return None,
            _ => at + 1,
        };
    }
}

/// Past an escape sequence. `at` is the byte behind the backslash.
fn escape_end(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'u' => {
            let digits = text.get(at + 1..at + 5)?;
            digits.iter().all(u8::is_ascii_hexdigit).then(|| at + 5)
        }
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 1),
        _ => None,
    }
}

fn number_end(text: &[u8], start: usize) -> Option<usize> {
    let whole = if text[start] == b'-' { start + 1 } else { start };
    let mut at = digits_end(text, whole);
    if at == whole || (text[whole] == b'0' && at > whole + 1) {
        return None;
    }
    if text.get(at) == Some(&b'.') {
        let fraction = at + 1;
        at = digits_end(text, fraction);
        if at == fraction {
            return None;
        }
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let digits = if let Some(b'+' | b'-') = text.get(at + 1) { at + 2 } else { at + 1 };
        at = digits_end(text, digits);
        if at == digits {
            return None;
        }
    }
    Some(at)
}

fn digits_end(text: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = text.get(at) {
        at += 1;
    }
    at
}

fn word_end(text: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    text[at..].starts_with(word).then(|| at + word.len())
}
