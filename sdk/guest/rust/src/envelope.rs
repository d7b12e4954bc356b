use crate::Json;

/// As many as a fetcher may ask for.
pub const MAX_RESPONSES: usize = 32;

/// What became of one request, in the order of the requests.
#[derive(Clone, Copy)]
pub struct Response {
    /// The source's id, as the manifest names it.
    pub source: &'static str,
    /// An HTTP status, or `error:` and the code of a failure.
    pub outcome: &'static str,
    /// Whatever the source sent.
    pub body: &'static [u8],
}

impl Response {
    /// Whether the status is 200.
    pub fn is_ok(&self) -> bool {
        self.outcome == "200"
    }

    /// The body as a JSON document; missing if the response is not ok or `Json::parse` refuses it.
    pub fn json(&self) -> Json {
        if self.is_ok() {
            Json::parse(self.body)
        } else {
            Json::MISSING
        }
    }

    /// The body as text; `None` if it is no UTF-8.
    pub fn text(&self) -> Option<&'static str> {
        core::str::from_utf8(self.body).ok()
    }
}

const NO_RESPONSE: Response = Response { source: "", outcome: "none", body: &[] };

/// The input of a phase. Its texts stay where the host wrote them, for as long as the instance lives.
pub struct Input {
    /// The feed's name.
    pub feed: &'static str,
    /// Unix seconds, fixed per round.
    pub time: u32,
    /// From the first parameter's line on.
    params: &'static [u8],
    responses: [Response; MAX_RESPONSES],
    count: usize,
}

impl Input {
    /// Panics for anything that no host writes.
    pub(crate) fn read(bytes: &'static [u8]) -> Self {
        let mut rest = Reader { bytes };
        assert!(rest.until(b' ') == "fetcher/1");
        rest.until(b'\n');
        let mut input = Self { feed: "", time: 0, params: &[], responses: [NO_RESPONSE; MAX_RESPONSES], count: 0 };
        while !rest.is_at(b'\n') {
            let line = rest.bytes;
            match (rest.until(b' '), rest.until(b'\n')) {
                ("feed", feed) => input.feed = feed,
                ("time", time) => input.time = whole_number(time),
                ("param", _) if input.params.is_empty() => input.params = line,
                _ => {}
            }
        }
        rest.until(b'\n');
        while !rest.bytes.is_empty() {
            input.responses[input.count] = rest.response();
            input.count += 1;
        }
        input
    }

    /// A parameter of the feed, from the manifest; empty if it is not there.
    pub fn param(&self, key: &str) -> &'static str {
        let mut rest = Reader { bytes: self.params };
        while !rest.bytes.is_empty() && !rest.is_at(b'\n') {
            let (word, name, value) = (rest.until(b' '), rest.until(b' '), rest.until(b'\n'));
            if word == "param" && name == key {
                return value;
            }
        }
        ""
    }

    /// A parameter that is a whole number. Panics for anything else: a manifest is the author's own.
    pub fn count(&self, key: &str, otherwise: u32) -> u32 {
        match self.param(key) {
            "" => otherwise,
            text => whole_number(text),
        }
    }

    /// What became of the requests; empty in the first phase.
    pub fn responses(&self) -> &[Response] {
        &self.responses[..self.count]
    }

    /// The response to a request; one that is not ok where there are fewer.
    pub fn response(&self, index: usize) -> Response {
        self.responses().get(index).copied().unwrap_or(NO_RESPONSE)
    }
}

struct Reader {
    bytes: &'static [u8],
}

impl Reader {
    fn is_at(&self, byte: u8) -> bool {
        self.bytes.first() == Some(&byte)
    }

    /// The text up to a separator, which is passed over.
    fn until(&mut self, separator: u8) -> &'static str {
        let text = match self.bytes.iter().position(|byte| *byte == separator) {
            Some(length) => self.take(length),
            None => panic!(),
        };
        // SAFETY: the host writes heads and response lines from checked text.
        unsafe { core::str::from_utf8_unchecked(text) }
    }

    fn response(&mut self) -> Response {
        self.until(b' ');
        self.until(b' ');
        let (source, outcome) = (self.until(b' '), self.until(b' '));
        let length = whole_number(self.until(b'\n'));
        Response { source, outcome, body: self.take(length as usize) }
    }

    /// So many bytes; the one behind them is passed over.
    fn take(&mut self, length: usize) -> &'static [u8] {
        let (taken, rest) = self.bytes.split_at(length);
        self.bytes = &rest[1..];
        taken
    }
}

/// Below 4,000,000,000.
fn whole_number(text: &str) -> u32 {
    assert!(!text.is_empty());
    text.bytes().fold(0, |number, byte| {
        assert!(byte.is_ascii_digit() && number < 400_000_000);
        number * 10 + u32::from(byte - b'0')
    })
}
