import { z } from "zod";

const name = z.string().regex(/^[\x21-\x7e]{1,64}$/, "expected 1 to 64 printable ASCII characters without spaces");
const word = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "expected 32 bytes: 0x and 64 lower-case hexadecimal digits")
  .transform((value) => value as `0x${string}`);

/** What a device's aggregates mean: the same keys in a device's file of terms and in a manifest. */
export const aggregateTerms = z.strictObject({
  circuit: name,
  device: name,
  feed: name,
  /** To the device's seed: what `quorate aggregate commit` printed. */
  commitment: word.transform(BigInt),
  /** Drawn after the commitment was published. */
  beacon: word,
  epochSeconds: z.int().min(1).max(31_536_000),
  /** Of samples, in units of 10^-decimals. */
  minimum: z.int().transform(BigInt),
  decimals: z.int().min(0).max(18),
});
