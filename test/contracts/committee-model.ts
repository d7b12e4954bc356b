import { expect } from "chai";
import fc from "fast-check";
import { configDigest } from "../../core/codec/configuration.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { createTestCommittee } from "./support/committee.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

const GRACE = 3_600;
const MOST_COMMITTEES = 6;

/** What owner, guardian, committees and time do. `of` chooses among the committees so far. */
const events = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({ kind: "activate" } as const) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("report" as const), of: fc.nat() }) },
    { weight: 2, arbitrary: fc.constant({ kind: "pause" } as const) },
    { weight: 2, arbitrary: fc.constant({ kind: "unpause" } as const) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), of: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 2_400 }) }),
    },
  ),
  { minLength: 5, maxLength: 25 },
);
type Event = typeof events extends fc.Arbitrary<readonly (infer E)[]> ? E : never;

/** One committee as people would tell its story. */
interface Story {
  readonly network: TestNetwork;
  /** Unix seconds: when its successor was activated. */
  retiredAt?: number;
  /** A later one has reported. */
  succeeded: boolean;
  revoked: boolean;
}

/** A committee may report unless all are paused, it was revoked, a later one has reported, or its hour is over. */
function mayReport({ retiredAt, succeeded, revoked }: Story, now: number): boolean {
  return !revoked && !succeeded && now <= (retiredAt ?? Infinity) + GRACE;
}

/** Plays the events against registry and hub, and holds after each who may report. */
class Play {
  readonly #stories: Story[];
  readonly #first: TestNetwork;
  #paused = false;
  #round = 0;

  constructor(first: TestNetwork) {
    this.#first = first;
    this.#stories = [{ network: first, succeeded: false, revoked: false }];
  }

  async play(event: Event): Promise<void> {
    const { registry } = this.#first;
    switch (event.kind) {
      case "activate":
        return this.#activate();
      case "report":
        return this.#report(event.of % this.#stories.length);
      case "pause":
      case "unpause": {
        const call = event.kind === "pause" ? registry.pause() : registry.unpause();
        if (this.#paused === (event.kind === "pause")) {
          await expect(call).to.be.revertedWithCustomError(registry, "PauseUnchanged");
        } else {
          await call;
          this.#paused = !this.#paused;
        }
        return;
      }
      case "revoke": {
        const story = this.#stories[event.of % this.#stories.length]!;
        if (!story.revoked) await registry.revoke(story.network.configDigest);
        story.revoked = true;
        return;
      }
      case "wait":
        await this.#first.connection.networkHelpers.time.increase(event.seconds);
    }
  }

  async #activate(): Promise<void> {
    if (this.#stories.length === MOST_COMMITTEES) return;
    const [owner] = await this.#first.connection.ethers.getSigners();
    const index = this.#stories.length + 1;
    const committee = createTestCommittee({ index, seed: `story ${index}`, feeds: 1 });
    const digest = configDigest(committee.configuration, this.#first.domain);
    await configureCommittee(committee.configuration, { ...this.#first.domain, owner: owner! });
    this.#stories.at(-1)!.retiredAt = await this.#first.connection.networkHelpers.time.latest();
    this.#stories.push({
      network: { ...this.#first, committee, configDigest: digest },
      succeeded: false,
      revoked: false,
    });
  }

  async #report(at: number): Promise<void> {
    const story = this.#stories[at]!;
    this.#round += 1;
    const signed = await signReport(story.network, { round: this.#round });
    // Blocks carry the time that they are told: a refusal would be of another second.
    const now = await this.#tick();
    const call = this.#first.hub.transmit(updateOf(signed, 1));
    if (this.#paused || !mayReport(story, now)) {
      const error = this.#paused && mayReport(story, now) ? "CommitteePaused" : undefined;
      if (error === undefined) await expect(call).to.be.revert(this.#first.connection.ethers);
      else await expect(call).to.be.revertedWithCustomError(this.#first.hub, error);
      return;
    }
    await call;
    for (const earlier of this.#stories.slice(0, at)) earlier.succeeded = true;
  }

  /** Who may report in the block to come, by the hub's own slots. */
  async compare(): Promise<void> {
    const now = (await this.#first.connection.networkHelpers.time.latest()) + 1;
    for (const [at, story] of this.#stories.entries()) {
      const { validUntil, heldUntil } = await this.#first.hub.tenureOf(at + 1);
      const may = mayReport(story, now);
      expect(Number(validUntil) >= now, `committee ${at + 1} now`).to.equal(may && !this.#paused);
      const after = Number(heldUntil === 0n ? validUntil : heldUntil);
      expect(after >= now, `committee ${at + 1} but for the pause`).to.equal(may);
    }
  }

  async #tick(): Promise<number> {
    const { time } = this.#first.connection.networkHelpers;
    const now = (await time.latest()) + 2;
    await time.setNextBlockTimestamp(now);
    return now;
  }
}

describe("committees as a model has them", () => {
  it("report exactly while they may, whatever owner, guardian and successors do", async () => {
    const network = await createTestNetwork({ feeds: 1 });
    const fresh = await network.connection.networkHelpers.takeSnapshot();
    await fc.assert(
      fc.asyncProperty(events, async (story) => {
        await fresh.restore();
        const play = new Play(network);
        for (const event of story) {
          await play.play(event);
          await play.compare();
        }
      }),
      { numRuns: 25, seed: 42, endOnFailure: true },
    );
  });
});
