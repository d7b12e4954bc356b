import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../core/types/hex.ts";
import { bindingOf, mockProof } from "./support/mock-proof.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

/** Some rounds, not in their order, of which some feeds are present, and some of these are to be stored; some are proven. */
const steps = (lanes: number) =>
  fc.array(
    fc.record({
      round: fc.integer({ min: 1, max: 9 }),
      wanted: fc.integer({ min: 1, max: 2 ** lanes - 1 }),
      proven: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );

interface Reading {
  readonly value: bigint;
  readonly round: number;
}

/** What the hub shall hold: plain bookkeeping, feed by feed. */
class Model {
  readonly signed: Reading[][];
  readonly proven: (Reading | undefined)[];

  constructor(lanes: number) {
    this.signed = Array.from({ length: lanes }, () => []);
    this.proven = Array.from({ length: lanes }, () => undefined);
  }

  /** @returns the lanes that took the value. */
  store(round: number, values: readonly bigint[], mask: number): number {
    return this.#each(mask, (lane) => {
      const history = this.signed[lane]!;
      if ((history.at(-1)?.round ?? 0) >= round) return false;
      history.push({ value: values[lane]!, round });
      return true;
    });
  }

  prove(round: number, values: readonly bigint[], mask: number): number {
    return this.#each(mask, (lane) => {
      if ((this.proven[lane]?.round ?? 0) >= round) return false;
      this.proven[lane] = { value: values[lane]!, round };
      return true;
    });
  }

  #each(mask: number, store: (lane: number) => boolean): number {
    return this.signed.reduce(
      (bits, _, lane) => (((mask >>> lane) & 1) === 1 && store(lane) ? bits | (1 << lane) : bits),
      0,
    );
  }
}

describe("FeedHub as a model has it", () => {
  for (const { lanes, feeds, historyDepth, preallocated } of [
    { lanes: 8, feeds: 8, historyDepth: 0, preallocated: false },
    { lanes: 8, feeds: 5, historyDepth: 1, preallocated: true },
    { lanes: 8, feeds: 8, historyDepth: 3, preallocated: false },
    { lanes: 32, feeds: 32, historyDepth: 3, preallocated: true },
  ]) {
    it(`with ${feeds} feeds of ${lanes} lanes and a history of ${historyDepth}${preallocated ? ", filled in advance" : ""}`, async () => {
      const network = await createTestNetwork({ lanes, feeds, historyDepth });
      const feedIds = network.committee.configuration.feeds.map(({ id }) => id);
      if (preallocated) for (const ids of [[], feedIds]) await network.hub.preallocate(ids);
      const fresh = await network.connection.networkHelpers.takeSnapshot();
      await fc.assert(
        fc.asyncProperty(steps(feeds), async (played) => {
          await fresh.restore();
          const observedAt = await network.connection.networkHelpers.time.latest();
          const model = new Model(feeds);
          for (const step of played) await play(network, model, { ...step, feeds, lanes, observedAt });
          await compare(network, model, { feedIds, historyDepth });
        }),
        { numRuns: 6, seed: 42 },
      );
    });
  }
});

interface Step {
  readonly round: number;
  readonly wanted: number;
  readonly proven: boolean;
  readonly feeds: number;
  readonly lanes: number;
  readonly observedAt: number;
}

/** Sends one report. One round has one report: its mask and values follow from the round. */
async function play(
  network: TestNetwork,
  model: Model,
  { round, wanted, proven, feeds, lanes, observedAt }: Step,
): Promise<void> {
  const mask = ((0x9e3779b1 * round) >>> (32 - feeds)) | 1;
  const storeMask = (wanted & mask) >>> 0;
  if (storeMask === 0) return;
  const values = Array.from({ length: lanes }, (_, lane) =>
    ((mask >>> lane) & 1) === 1 ? BigInt(round * 1000 + lane) * (lane % 2 === 0 ? 1n : -1n) : 0n,
  );
  const signed = await signReport(network, { round, observedAt, feeds: { mask: mask >>> 0, values } });
  const { commitment, ...rest } = bindingOf(network, signed);
  const update = updateOf(signed, storeMask);
  if (!proven) {
    const { storedMask } = await network.hub.transmit.staticCall(update);
    expect(Number(storedMask)).to.equal(model.store(round, values, storeMask) >>> 0);
    await network.hub.transmit(update);
    return;
  }
  const proof = mockProof({ commitment, ...rest });
  const { storedMask } = await network.hub.transmitProven.staticCall(update, proof, commitment);
  expect(Number(storedMask)).to.equal(model.store(round, values, storeMask) >>> 0);
  model.prove(round, values, mask);
  await network.hub.transmitProven(update, proof, commitment);
}

async function compare(
  { hub }: TestNetwork,
  model: Model,
  { feedIds, historyDepth }: { readonly feedIds: readonly Hex[]; readonly historyDepth: number },
): Promise<void> {
  let newest = 0;
  for (const [lane, feedId] of feedIds.entries()) {
    const history = model.signed[lane]!;
    newest = Math.max(newest, ...history.map(({ round }) => round));
    for (const [at, { value, round }] of history.entries()) {
      const roundId = at + 1;
      if (roundId < history.length - historyDepth) {
        await expect(hub.round(feedId, roundId)).to.be.revertedWithCustomError(hub, "NoRound");
        continue;
      }
      const kept = await hub.round(feedId, roundId);
      expect([kept.value, kept.sequence & 0xffffn]).to.deep.equal([value, BigInt(round)]);
    }
    const proven = model.proven[lane];
    if (proven !== undefined) expect((await hub.latestProven(feedId)).value).to.equal(proven.value);
    const last = history.at(-1);
    if (last === undefined) continue;
    const { feed, proven: isProven } = await hub.latestAndProven(feedId);
    expect([feed.value, feed.roundId]).to.deep.equal([last.value, BigInt(history.length)]);
    expect(isProven).to.equal(proven?.round === last.round);
  }
  expect((await hub.head()).lastSequence & 0xffffn).to.equal(BigInt(newest));
}
