/** Bounds of what one WASI call may ask for. What passes one is answered with an errno, as a kernel would. */
export const WASI_LIMITS = {
  /** Buffers of one read or write: IOV_MAX of Linux. Beyond: `inval`. */
  vectors: 1024,
  /** Bytes of one read or write: POSIX's SSIZE_MAX. Beyond: `inval`. It also keeps a price below 2³². */
  transferBytes: 0x7fff_ffff,
  /** PATH_MAX of Linux. Beyond: `nametoolong`. */
  pathBytes: 4096,
  /** Go's and TinyGo's runtimes subscribe to a timer and to each waiting descriptor, of which there are 16. Beyond: `inval`. */
  subscriptions: 64,
  /** Bytes of a line on stderr that are kept; the rest of the line is dropped. */
  lineBytes: 1024,
} as const;

/**
 * Prices of what costs more than copying, in bytes as `GuestSession.charge` counts them. They are fuel rules: a change
 * raises RULES_VERSION. A line on stderr costs as much as a call, however short it is.
 */
export const WASI_PRICES = {
  /** A buffer of a read or write takes 0.2 µs, however short it is. */
  vector: 1024,
  /** Looking up a path takes 2 µs and up to 30 ns a byte: `a/a/a/…`. */
  path: 8192,
  pathByte: 128,
  /** 0.2 µs. */
  subscription: 1024,
  /** 1.6 µs. */
  directoryEntry: 8192,
  /** 32 bytes of randomness are a SHA-256: 2 µs. */
  randomBlock: 8192,
} as const;
