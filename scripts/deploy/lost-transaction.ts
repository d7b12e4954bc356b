import { type ArtifactResolver, trackTransaction, wipe } from "@nomicfoundation/ignition-core";
import type { Provider } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

/** Ignition's TRANSACTION_LOST: it was about to send when it ended, and does not know whether it did. */
const TRANSACTION_LOST = 10410;
/** An hour of most chains. Whoever comes later finds the transaction with an explorer, as Ignition says. */
const MAX_BLOCKS_BACK = 1_024;

interface LostTransaction {
  readonly futureId: string;
  readonly nonce: number;
  readonly sender: string;
}

/**
 * Finds out what became of a transaction that an earlier run was sending when it ended, and tells Ignition's journal.
 * Where the chain has not seen the nonce, the journal forgets the attempt: the next one takes the same nonce, so that at most
 * one of both is ever mined.
 * @returns whether the journal is in order again; false for any other failure.
 */
export async function recoverLostTransaction(
  failure: unknown,
  { connection, journal }: { readonly connection: NetworkConnection; readonly journal: string },
): Promise<boolean> {
  const lost = lostTransactionOf(failure);
  if (lost === undefined) return false;
  const { provider } = connection.ethers;
  if ((await provider.getTransactionCount(lost.sender, "pending")) <= lost.nonce) {
    await wipe(journal, NO_ARTIFACTS, lost.futureId);
    return true;
  }
  const hash = await findTransaction(lost, provider);
  if (hash === undefined) return false;
  await trackTransaction(journal, hash, connection.provider);
  return true;
}

function lostTransactionOf(failure: unknown): LostTransaction | undefined {
  const { number, messageArguments } = failure as { number?: unknown; messageArguments?: LostTransaction };
  return number === TRANSACTION_LOST ? messageArguments : undefined;
}

async function findTransaction({ sender, nonce }: LostTransaction, provider: Provider): Promise<string | undefined> {
  const newest = await provider.getBlockNumber();
  for (let number = newest; number > Math.max(0, newest - MAX_BLOCKS_BACK); number--) {
    const block = await provider.getBlock(number, true);
    const found = block?.prefetchedTransactions.find(
      (transaction) => transaction.nonce === nonce && transaction.from.toLowerCase() === sender.toLowerCase(),
    );
    if (found !== undefined) return found.hash;
  }
  return undefined;
}

/** A journal in a folder has its own. */
const NO_ARTIFACTS: ArtifactResolver = {
  loadArtifact: () => Promise.reject(new TypeError("a journal in a folder has its own artifacts")),
  getBuildInfo: () => Promise.resolve(undefined),
};
