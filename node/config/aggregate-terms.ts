import { z } from "zod";

const name = z.string().regex(/^[\x21-\x7e]{1,64}$/, "expected 1 to 64 printable ASCII characters without spaces");
const word = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "expected 32 bytes: 0x and 64 lower-case hexadecimal digits")
  .transform((value) => value as `0x${string}`);

/** What a device announces before its beacon is drawn, but for the commitment. */
export const aggregatePlan = z.strictObject({
  circuit: name,
  device: name,
  feed: name,
  /** Which value the beacon will be. */
  beaconRule: z
    .string()
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/, "expected one line of up to 256 characters"),
  epochSeconds: z.int().min(1).max(31_536_000),
  /** Of samples, in units of 10^-decimals. */
  minimum: z.int().transform(BigInt),
  decimals: z.int().min(0).max(18),
});

/** To the device's seed: what `quorate aggregate commit` announces. */
const commitment = word.transform(BigInt);

/** What a device's aggregates mean: the same keys in a device's file of terms and in a manifest. */
export const aggregateTerms = z.strictObject({
  ...aggregatePlan.shape,
  commitment,
  /** Drawn by the rule after all else was published. */
  beacon: word,
});

export const ANNOUNCEMENT_FORMAT = "quorate.aggregate-announcement.v1";

/** What `quorate aggregate commit` writes, to be published before the beacon is drawn. */
export const aggregateAnnouncement = z.strictObject({
  format: z.literal(ANNOUNCEMENT_FORMAT),
  ...aggregatePlan.shape,
  commitment,
  /** Of all the others: `announcementDigest`. */
  digest: word,
});
