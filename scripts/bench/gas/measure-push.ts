import { feedLeafProof } from "../../../core/codec/report.ts";
import { packClaim, packUpdate } from "../../../core/codec/report-update.ts";
import { requireUnstopped } from "../interrupt.ts";
import type { BenchContext } from "../result.ts";
import { type GasNetwork, signRound, type SignedRound } from "./gas-network.ts";

/** Gas used by each run; the first ones, which fill empty storage, are left out by the caller. */
export interface PushGas {
  /** All feeds stored, while the hub's ring of report slots still takes empty ones: the first four minutes of its life. */
  readonly filling: readonly number[];
  /** All feeds stored, every slot used before. */
  readonly all: readonly number[];
  /** One of the report's feeds stored, every slot used before. */
  readonly one: readonly number[];
  /** A whole pull: a transaction that calls `verify` itself. */
  readonly verify: readonly number[];
  /** Rounds used up. */
  readonly rounds: number;
}

/** Updates before the first that is measured: a feed's first one writes an empty slot. */
const FIRST_UPDATES = 2;
/** Seconds that a pulled report may be old. */
const MAX_AGE = 60;
/** Any feed: all have paths of the same length in a full tree. */
const PULLED_LANE = 3;

/** Pushes and pulls with new values and timestamps each time. */
export async function measurePush(network: GasNetwork, runs: number, { signal }: BenchContext): Promise<PushGas> {
  const mask = 2 ** network.committee.configuration.feeds.length - 1;
  const slots = Number(await network.hub.getFunction("PROVABLE_REPORTS").staticCall());
  let round = 0;
  const repeat = async (count: number, measure: (signed: SignedRound) => Promise<number>): Promise<number[]> => {
    const used: number[] = [];
    for (let i = 0; i < count; i++) {
      requireUnstopped(signal);
      used.push(await measure(await signRound(network, ++round)));
    }
    return used;
  };
  const push = (storeMask: number) => (signed: SignedRound) => transmit(network, signed, storeMask);
  const filling = await repeat(slots, push(mask));
  return {
    filling: filling.slice(FIRST_UPDATES),
    all: await repeat(runs, push(mask)),
    one: await repeat(runs, push(1)),
    verify: await repeat(runs, (signed) => pull(network, signed)),
    rounds: round,
  };
}

/** @returns gas used. */
export async function transmit({ hub }: GasNetwork, signed: SignedRound, storeMask: number): Promise<number> {
  return gasOf(await hub.getFunction("transmit").send(packUpdate(signed, storeMask)));
}

async function pull({ hub, committee }: GasNetwork, { report, feeds, signatures }: SignedRound): Promise<number> {
  const feedIds = committee.configuration.feeds.map(({ id }) => id);
  const leaf = {
    value: feeds.values[PULLED_LANE] ?? 0n,
    path: feedLeafProof({ feeds, feedIds, observedAt: report.observedAt }, PULLED_LANE),
  };
  const claim = [feedIds[PULLED_LANE], report.sequence, MAX_AGE, packClaim({ report, signatures }, [leaf])];
  // A view too can be called by a transaction: 21,000, calldata and execution, as a consumer's own transaction pays them.
  const transaction = await hub.getFunction("verify").populateTransaction(...claim);
  const response = await hub.runner?.sendTransaction?.(transaction);
  if (response === undefined) throw new TypeError("the hub's runner is a signer");
  return gasOf(response);
}

export async function gasOf(response: { wait(): Promise<{ readonly gasUsed: bigint } | null> }): Promise<number> {
  const receipt = await response.wait();
  if (receipt === null) throw new TypeError("a simulated network mines at once");
  return Number(receipt.gasUsed);
}
