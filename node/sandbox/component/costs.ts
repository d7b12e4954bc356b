/**
 * Prices and bounds of what components do through the host, beside those of `rules.ts`. They are fuel rules: any change
 * here raises RULES_VERSION. Bytes that the host copies cost as they do everywhere, `GuestSession.charge`.
 */
export const COMPONENT = {
  /** A call into the host, in bytes as `session.charge` counts them: 12,288 units. The generated code takes 12 µs for it. */
  callBytes: 48 * 1024,
  /** Fuel of reading one handle of a list: 1 to 2 µs, and an object that stays until the call ends. */
  handleFuel: 2_048n,
  /** Slots of depth that a call into the host weighs: some 4 KiB of frames, of which no counter sees anything. */
  callSlots: 512,
  /** Resources at once (streams, pollables, descriptors, errors): each keeps some 500 bytes. */
  resources: 1_024,
  /** Bytes of randomness in one call. */
  randomBytes: 64 * 1024,
  /** Bytes that an output stream takes in one call, and says that it takes. */
  writeBytes: 64 * 1024,
  /** PATH_MAX of Linux. */
  pathBytes: 4096,
} as const;
