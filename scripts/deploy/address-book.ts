import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { ConfigurationDomain } from "../../core/codec/configuration.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { DeployError } from "./errors.ts";

const FORMAT = "quorate.deployment.v1";

const hex = (bytes: number) => z.templateLiteral(["0x", z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`))]);

const contractSchema = z.strictObject({
  address: hex(20),
  /** Source and name: `contracts/feeds/FeedHub.sol:FeedHub`. */
  contract: z.string().regex(/^[\w@./-]+\.sol:\w+$/),
  /** ABI-encoded. */
  constructorArguments: z.templateLiteral(["0x", z.string().regex(/^([0-9a-f]{2})*$/)]),
});

const bookSchema = z.strictObject({
  format: z.literal(FORMAT),
  chainId: z.int().positive(),
  /** No contract is older: where a reader of the log begins. */
  block: z.int().min(0),
  /** Of the checkout that deployed; null where there was none. */
  commit: z.string().nullable(),
  contracts: z.strictObject({
    poseidon: contractSchema,
    registry: contractSchema,
    hub: contractSchema,
    court: contractSchema,
    desk: contractSchema,
    groth16: contractSchema.optional(),
    verifier: contractSchema.optional(),
    /** The newest one: an earlier one, of fewer feeds, goes on. */
    pyth: contractSchema.optional(),
  }),
  feeds: z
    .array(
      z.strictObject({
        id: hex(32),
        description: z.string(),
        decimals: z.int().min(0).max(18),
        proxy: contractSchema,
        api3: contractSchema.optional(),
        chronicle: contractSchema.optional(),
      }),
    )
    .refine((feeds) => new Set(feeds.map(({ id }) => id)).size === feeds.length, "lists a feed twice"),
  /** The one that was put in force last; null before. */
  configuration: z.strictObject({ index: z.int().positive(), digest: hex(32) }).nullable(),
});

/** Where everything is. Public: it may be committed and handed to anybody. */
export type AddressBook = z.output<typeof bookSchema>;
export type BookedContract = z.output<typeof contractSchema>;

/** As whoever reads the file gets it: without keys that hold nothing. */
export function createAddressBook(content: Omit<AddressBook, "format">): AddressBook {
  return bookSchema.parse(JSON.parse(JSON.stringify({ format: FORMAT, ...content })));
}

/** @throws QuorateError<DeployError> `addresses-missing` or `addresses-malformed`. */
export async function readAddressBook(file: string): Promise<AddressBook> {
  const book = await findAddressBook(file);
  if (book !== undefined) return book;
  const message = `there is no ${file}: deploy first (quorate:deploy), or name the deployment with --deployment`;
  throw new QuorateError<DeployError>({ code: "addresses-missing", file }, message);
}

/** The same, undefined where there is no file. */
export async function findAddressBook(file: string): Promise<AddressBook | undefined> {
  try {
    return bookSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const message = `${file} is not what quorate:deploy wrote (${reasonOf(cause)}): restore it`;
    throw new QuorateError<DeployError>({ code: "addresses-malformed", file }, message, { cause });
  }
}

/** Writes the file whole or not at all. @returns whether it says something new. */
export async function writeAddressBook(file: string, book: AddressBook): Promise<boolean> {
  // Parsing puts the keys in the schema's order, so that equal books are equal files.
  const text = `${JSON.stringify(bookSchema.parse(book), null, 2)}\n`;
  if ((await readFile(file, "utf8").catch(() => "")) === text) return false;
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
  return true;
}

/** All contracts of a deployment, each with a name for a person: feeds that share a description are told apart by their ids. */
export function contractsOf({ contracts, feeds }: AddressBook): (readonly [name: string, contract: BookedContract])[] {
  const named = Map.groupBy(feeds, ({ description }) => description);
  const ofFeeds = feeds.flatMap(({ id, description, proxy, api3, chronicle }) => {
    const feed = named.get(description)?.length === 1 ? description : `${description} (${id})`;
    return Object.entries({ proxy, api3, chronicle }).map(
      ([kind, contract]) => [`${kind} of ${feed}`, contract] as const,
    );
  });
  const all = [...Object.entries(contracts), ...ofFeeds];
  return all.flatMap(([name, contract]) => (contract === undefined ? [] : [[name, contract] as const]));
}

/** Where code must be if the deployment is on the chain. */
export function addressesOf(book: AddressBook): Hex[] {
  return contractsOf(book).map(([, { address }]) => address);
}

/** What the digests of its configurations are of, besides these. */
export function domainOf({ chainId, contracts }: AddressBook): ConfigurationDomain {
  return { chainId: BigInt(chainId), registry: contracts.registry.address, hub: contracts.hub.address };
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return "it is no JSON";
  const [issue] = cause.issues;
  return issue === undefined ? "it has another form" : `${issue.path.join(".") || "top level"}: ${issue.message}`;
}
