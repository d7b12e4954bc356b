import { readAddressBook } from "../address-book.ts";
import { requireChain, requireCode } from "../chain-checks.ts";
import { type FeedReading, readFeeds } from "../feed-readings.ts";
import type { Session } from "./session.ts";

/** Every feed of the session's deployment, once chain and contracts are known to be the right ones. */
export async function readAllFeeds({ connection, place }: Session): Promise<FeedReading[]> {
  const { provider } = connection.ethers;
  const book = await readAddressBook(place.file);
  await requireChain(provider, book.chainId, "the addresses file");
  await requireCode(provider, [book.contracts.registry.address, book.contracts.hub.address]);
  return readFeeds({ provider, book });
}
