import type { EpisodeDeps } from "../../../../scripts/devnet/episode.ts";
import { RECORDED_FEEDS } from "../../../../scripts/devnet/feeds.ts";
import { Ledger } from "../../../../scripts/devnet/ledger.ts";
import type { TransmissionSeen } from "../../../../scripts/devnet/chain/chain-observer.ts";
import type { DevNetwork } from "../../../../scripts/devnet/network.ts";
import { RoundBook } from "../../../../scripts/devnet/round-book.ts";
import type { Finished } from "../../../../scripts/devnet/checks/check.ts";

/** Milliseconds between two rounds of the stage's network. */
const ROUND_MS = 4_000;
/** No episode lasts longer: one that does waits for what never comes. */
const END_MS = 600_000;

/** The nodes that have a round of the given time final. */
export type World = (now: number) => readonly number[];

/** A network whose rounds follow a virtual clock: sleeping moves it on. Whatever three of four have final is transmitted. */
export function stage(network: Partial<DevNetwork>, finalAt: World) {
  const book = new RoundBook();
  const ledger = new Ledger({ endless: false });
  let now = 0;
  const round = (): void => {
    const sequence = BigInt(now / ROUND_MS);
    const nodes = finalAt(now);
    for (const node of nodes) book.note(node, { type: "stage", stage: "final", sequence: String(sequence), at: now });
    if (nodes.length >= 3)
      ledger.transmitted({ sequence, seenAt: now, ...transmission() } as unknown as TransmissionSeen);
  };
  const transmission = () => ({
    report: { configDigest: network.committees?.at(-1)?.digest },
    stored: 2 ** RECORDED_FEEDS.length - 1,
    answers: RECORDED_FEEDS.map(() => ({ answer: 1n, roundId: 1n, updatedAt: now / 1000 })),
  });
  const deps: EpisodeDeps = {
    ...{ network: network as DevNetwork, book, ledger },
    now: () => now,
    async sleep(ms) {
      if (now > END_MS) throw new Error("the run has ended");
      for (const end = now + ms; now < end;) {
        now += 100;
        if (now % ROUND_MS === 0) round();
      }
      await new Promise(setImmediate);
    },
  };
  const finished = (): Finished => ({
    network: network as DevNetwork,
    ledger,
    book,
    records: ledger.rounds,
    rounds: [],
  });
  return { deps, finished };
}

export async function untilFinished(episode: { readonly finished: boolean }): Promise<void> {
  while (!episode.finished) await new Promise(setImmediate);
}
