import { z } from "zod";
import { address } from "../../node/config/chain-config.ts";
import { digest, feedName } from "../../node/config/manifest.ts";
import { ADAPTERS } from "./modules/QuorateFeeds.ts";

/** One of several schemas, chosen by the value: unlike a union it names the key that is wrong. */
function byShape<Schema extends z.ZodType>(choose: (value: unknown) => Schema) {
  return z.unknown().transform((value, context): z.output<Schema> => {
    const result = choose(value).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && key in value;
}

const UINT16_MAX = 2 ** 16 - 1;
const UINT32_MAX = 2 ** 32 - 1;
/** A description is kept in one word of the proxy's code, with its length. */
const MAX_DESCRIPTION_BYTES = 31;

/** So many digits survive YAML's numbers, which are doubles; of more a number may be another than was written. */
const EXACT_DIGITS = 15;

const decimal = z
  .union([z.number(), z.string()])
  .refine(
    (written) => typeof written === "string" || keepsItsDigits(written),
    `expected a decimal number, in quotes if it has more than ${EXACT_DIGITS} digits`,
  )
  .transform(String) // A number below 10^-6 prints with an exponent: as text it is exact.
  .refine(
    (text) => /^-?\d{1,39}(\.\d{1,18})?$/.test(text),
    "expected a decimal number; write very small ones in quotes",
  );

function keepsItsDigits(written: number): boolean {
  const significant = String(Math.abs(written))
    .replace(/^0\.0*|\./g, "")
    .replace(/0+$/, "");
  return significant.length <= EXACT_DIGITS && (!Number.isInteger(written) || Number.isSafeInteger(written));
}

/** Coordinates have 77 digits: as YAML numbers they would lose most of them. */
const coordinate = z
  .string()
  .regex(/^(\d{1,78}|0x[0-9a-fA-F]{1,64})$/, "expected a whole number in quotes, decimal or hexadecimal")
  .transform(BigInt);

const point = z.strictObject({ x: coordinate, y: coordinate });
const bytes32 = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "expected 0x and 64 hexadecimal digits")
  .transform((value) => value.toLowerCase() as `0x${string}`);

const memberSchema = z.strictObject({ signer: address, transmitter: address, peerKey: bytes32, observer: point });
/** A file that `quorate init` wrote, relative to the description. */
const registeredMember = z.strictObject({ registration: z.string().min(1) });

/** What `quorate init` writes for the owner: `RegistrationRecord` of `node/app/init.ts`. */
export const registrationSchema = z.strictObject({
  name: z.string(),
  peerId: z.string(),
  member: memberSchema,
  eighth: point,
});

const feedSchema = z
  .strictObject({
    /** As in the fetcher's manifest; the id follows from it. */
    name: feedName.optional(),
    /** Instead of a name, where the id is none. */
    id: bytes32.optional(),
    /** For people; the name unless given. */
    description: z
      .string()
      .min(1)
      .refine((text) => Buffer.byteLength(text) <= MAX_DESCRIPTION_BYTES, `at most ${MAX_DESCRIPTION_BYTES} bytes`)
      .optional(),
    decimals: z.int().min(0).max(18),
    min: decimal,
    max: decimal,
    heartbeat: z.int().min(1).max(UINT32_MAX),
    /** Of the last stored value. */
    deviation: z
      .string()
      .regex(/^(\d{1,2}(\.\d{1,7})?|100) ?%$/, "expected a percentage in quotes, such as 0.5 %, with up to 7 decimals"),
    /** Under whose interfaces it can be read besides AggregatorV3Interface. */
    adapters: z
      .array(z.enum(ADAPTERS))
      .refine((adapters) => new Set(adapters).size === adapters.length, "names an adapter twice")
      .default([]),
    /** A manifest, relative to the description. */
    module: z.string().min(1).optional(),
    moduleDigest: digest.optional(),
  })
  .refine(({ name, id }) => (name === undefined) !== (id === undefined), "give either its name or its id")
  .refine(({ name, description }) => name !== undefined || description !== undefined, {
    ...{ path: ["description"], error: "a feed without a name needs one" },
  })
  .refine(({ module, moduleDigest }) => (module === undefined) !== (moduleDigest === undefined), {
    error: "give either module (a manifest) or moduleDigest",
  });

/** What `npm run ceremony -- export` wrote, relative to the description. */
const recordedVerifier = z.strictObject({ setup: z.literal("ceremony"), record: z.string().min(1) });
const noVerifier = z.literal("none", {
  error: "expected none, or an object with setup: development or setup: ceremony",
});
const verifierWithSetup = z.discriminatedUnion("setup", [
  z.strictObject({ setup: z.literal("development"), circuit: z.string().min(1) }),
  z.strictObject({
    setup: z.literal("ceremony"),
    /** Name of the generated contract, which lies under contracts/. */
    contract: z.string().regex(/^[A-Za-z_]\w*$/, "expected the name of a contract"),
    nMax: z.int().min(4).max(31),
    k: z.int().min(3).max(21),
    lanes: z.int().min(1).max(32),
    verificationKeyDigest: bytes32,
  }),
]);

const milliseconds = z.int().min(0).max(UINT32_MAX);

const timingSchema = z.strictObject({
  deltaRound: milliseconds,
  deltaGrace: milliseconds,
  deltaProgress: milliseconds,
  deltaResend: milliseconds.min(1),
  deltaStage: milliseconds,
  rMax: z.int().min(1).max(UINT16_MAX),
  /** Seconds. */
  window: z.int().min(0).max(32_767),
});

const committeeSchema = z.strictObject({
  /** One more than that of the configuration in force; 1 for the first. */
  index: z.int().min(1).max(UINT16_MAX),
  f: z.int().min(1).max(10),
  /** The verifier's, or one per feed, unless given. */
  lanes: z.int().min(1).max(32).optional(),
  fuelRules: z.int().min(1).max(UINT16_MAX),
  timing: timingSchema,
  /** Their order gives the indices. */
  members: z
    .array(byShape((value) => (hasKey(value, "registration") ? registeredMember : memberSchema)))
    .min(4)
    .max(31),
});

/** A deployment as a person writes it: see docs/deploying.md. */
export const descriptionSchema = z.strictObject({
  chainId: z.int().positive(),
  historyDepth: z.int().min(0).max(512).default(24),
  verifier: byShape((value) => {
    if (hasKey(value, "record")) return recordedVerifier;
    return hasKey(value, "setup") ? verifierWithSetup : noVerifier;
  }),
  feeds: z.array(feedSchema).min(1).max(32),
  committee: committeeSchema,
});

export type WrittenDescription = z.output<typeof descriptionSchema>;
export type WrittenFeed = WrittenDescription["feeds"][number];
