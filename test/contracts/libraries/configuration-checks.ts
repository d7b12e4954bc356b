import { expect } from "chai";
import { id, ZeroAddress, ZeroHash, zeroPadValue } from "ethers";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import type { Configuration, FeedSpec, Member, Timing } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Point } from "../../../core/types/observation.ts";
import { keyWitnesses } from "../../../scripts/deploy/configure.ts";
import { createTestCommittee } from "../support/committee.ts";
import { type ConfigurationRules, deployConfigurationRules } from "../support/configuration-rules.ts";

type Change = (configuration: Configuration) => Configuration;

interface Refusal {
  readonly name: string;
  readonly change: Change;
  readonly error: string;
  readonly args: readonly unknown[];
}

const { configuration: GOOD } = createTestCommittee();
const WITNESSES = keyWitnesses(GOOD.members);
const [FIRST, , THIRD] = GOOD.members as [Member, Member, Member];

const of =
  (options: Parameters<typeof createTestCommittee>[0]): Change =>
  () =>
    createTestCommittee(options).configuration;
const withTiming =
  (change: Partial<Timing>): Change =>
  (configuration) => ({ ...configuration, timing: { ...configuration.timing, ...change } });
const withFeed =
  (change: Partial<FeedSpec>, position = 2): Change =>
  ({ feeds, ...rest }) => ({ ...rest, feeds: feeds.with(position, { ...feeds[position]!, ...change }) });
const withMember =
  (change: Partial<Member>, position = 3): Change =>
  ({ members, ...rest }) => ({ ...rest, members: members.with(position, { ...members[position]!, ...change }) });

describe("ConfigurationChecks", () => {
  let rules: ConfigurationRules;
  before(async () => {
    rules = await deployConfigurationRules();
  });

  const check = (configuration: Configuration, eighths: readonly Point[] = WITNESSES) =>
    rules.check(configuration, { eighths });
  const refuses = ({ name, change, error, args }: Refusal) =>
    it(`${name}: ${error}`, async () => {
      await expect(check(change(GOOD)))
        .to.be.revertedWithCustomError(rules.harness, error)
        .withArgs(...args);
    });

  describe("takes", () => {
    const taken: readonly { readonly name: string; readonly change: Change }[] = [
      { name: "n = 3f + 1", change: of({ n: 7, f: 2 }) },
      { name: "31 members", change: of({ n: 31, f: 10, feeds: 1 }) },
      { name: "one feed on one lane", change: of({ feeds: 1, lanes: 1 }) },
      { name: "fewer feeds than lanes", change: of({ feeds: 7 }) },
      { name: "256 lanes", change: of({ lanes: 256 }) },
      { name: "a window of nothing", change: withTiming({ window: 0 }) },
      { name: "a window of 32,767 s", change: withTiming({ window: 32_767 }) },
      { name: "the shortest timers", change: withTiming({ deltaGrace: 0, deltaRound: 1, deltaProgress: 2 }) },
      { name: "one round an epoch, and a wish a millisecond", change: withTiming({ rMax: 1, deltaResend: 1 }) },
      { name: "numbers without decimals", change: withFeed({ decimals: 0 }) },
      { name: "18 decimals", change: withFeed({ decimals: 18 }) },
      { name: "a range of one value", change: withFeed({ min: -1n, max: -1n }) },
      { name: "a member that sends what it signs", change: withMember({ transmitter: GOOD.members[3]!.signer }) },
      { name: "a member that sends with another's signing key", change: withMember({ transmitter: FIRST.signer }) },
    ];
    for (const { name, change } of taken) {
      it(name, async () => {
        const configuration = change(GOOD);
        await check(configuration, keyWitnesses(configuration.members));
      });
    }
  });

  describe("refuses sizes:", () => {
    const members = (n: number): Change => {
      return (configuration) => ({ ...configuration, members: configuration.members.slice(0, n) });
    };
    const cases: readonly Refusal[] = [
      { name: "f = 0", change: (c) => ({ ...c, f: 0 }), error: "UnsafeCommittee", args: [4, 0] },
      { name: "n = 3f", change: members(3), error: "UnsafeCommittee", args: [3, 1] },
      { name: "n = 3f for f = 2", change: of({ n: 6, f: 2 }), error: "UnsafeCommittee", args: [6, 2] },
      { name: "nobody", change: members(0), error: "UnsafeCommittee", args: [0, 1] },
      { name: "32 members", change: of({ n: 32, f: 10 }), error: "TooManyMembers", args: [32, 31] },
      { name: "no feeds", change: of({ feeds: 0 }), error: "WrongLaneCount", args: [0, 8] },
      { name: "neither feeds nor lanes", change: of({ feeds: 0, lanes: 0 }), error: "WrongLaneCount", args: [0, 0] },
      { name: "more feeds than lanes", change: of({ lanes: 7 }), error: "WrongLaneCount", args: [8, 7] },
      { name: "257 lanes", change: of({ lanes: 257 }), error: "WrongLaneCount", args: [8, 257] },
    ];
    for (const one of cases) refuses(one);

    it("fewer or more witnesses than members: WrongWitnessCount", async () => {
      for (const eighths of [[], WITNESSES.slice(1), [...WITNESSES, WITNESSES[0]!]]) {
        await expect(check(GOOD, eighths))
          .to.be.revertedWithCustomError(rules.harness, "WrongWitnessCount")
          .withArgs(eighths.length, 4);
      }
    });
  });

  describe("refuses timers:", () => {
    const unusable = (deltaGrace: number, deltaRound: number, deltaProgress: number): Omit<Refusal, "name"> => ({
      change: withTiming({ deltaGrace, deltaRound, deltaProgress }),
      error: "UnusableTiming",
      args: [deltaGrace, deltaRound, deltaProgress],
    });
    const zero = (deltaResend: number, rMax: number): Omit<Refusal, "name"> => ({
      change: withTiming({ deltaResend, rMax }),
      error: "ZeroTiming",
      args: [deltaResend, rMax],
    });
    const window = { change: withTiming({ window: 32_768 }), error: "WindowTooLong", args: [32_768, 32_767] };
    const cases: readonly Refusal[] = [
      { name: "a window of 32,768 s", ...window },
      { name: "a grace as long as a round", ...unusable(4_000, 4_000, 6_000) },
      { name: "a grace longer than a round", ...unusable(4_001, 4_000, 6_000) },
      { name: "rounds as long as the progress time-out", ...unusable(20, 6_000, 6_000) },
      { name: "rounds longer than the progress time-out", ...unusable(20, 6_001, 6_000) },
      { name: "rounds of no time", ...unusable(0, 0, 6_000) },
      { name: "no pause between two wishes", ...zero(0, 100) },
      { name: "epochs without rounds", ...zero(1_000, 0) },
      { name: "neither", ...zero(0, 0) },
    ];
    for (const one of cases) refuses(one);
  });

  describe("refuses feeds:", () => {
    const again = (first: number, second: number): Refusal => ({
      name: `feed ${first} again at lane ${second}`,
      change: withFeed({ id: GOOD.feeds[first]!.id }, second),
      error: "DuplicateFeed",
      args: [first, second, id(`feed ${first}`)],
    });
    const thrice: Change = (configuration) => withFeed({ id: GOOD.feeds[1]!.id }, 5)(again(1, 3).change(configuration));
    const cases: readonly Refusal[] = [
      { name: "the id zero", change: withFeed({ id: ZeroHash as Hex }), error: "EmptyFeedId", args: [2] },
      { name: "min above max", change: withFeed({ min: 2n, max: 1n }), error: "EmptyRange", args: [2, 2, 1] },
      { name: "max below zero", change: withFeed({ min: 0n, max: -1n }), error: "EmptyRange", args: [2, 0, -1] },
      { name: "19 decimals", change: withFeed({ decimals: 19 }), error: "TooManyDecimals", args: [2, 19, 18] },
      {
        name: "19 decimals at the last lane",
        change: withFeed({ decimals: 19 }, 7),
        error: "TooManyDecimals",
        args: [7, 19, 18],
      },
      ...[again(0, 1), again(0, 7), again(6, 7), again(3, 5)],
      { name: "a feed three times", change: thrice, error: "DuplicateFeed", args: [1, 3, id("feed 1")] },
    ];
    for (const one of cases) refuses(one);
  });

  describe("refuses members with", () => {
    const duplicate = (change: Partial<Member>, key: string, first = 0): Omit<Refusal, "name"> => ({
      ...{ change: withMember(change), error: "DuplicateKey", args: [first, 3, zeroPadValue(key, 32)] },
    });
    const empty = (change: Partial<Member>, position = 3): Omit<Refusal, "name"> => ({
      ...{ change: withMember(change, position), error: "EmptyKey", args: [position] },
    });
    const x = (point: Point) => `0x${point.x.toString(16).padStart(64, "0")}`;
    const cases: readonly Refusal[] = [
      { name: "the signer zero", ...empty({ signer: ZeroAddress as Hex }) },
      { name: "the transmitter zero", ...empty({ transmitter: ZeroAddress as Hex }) },
      { name: "the peer key zero", ...empty({ peerKey: ZeroHash as Hex }, 0) },
      { name: "a signer twice", ...duplicate({ signer: FIRST.signer }, FIRST.signer) },
      { name: "a transmitter twice", ...duplicate({ transmitter: THIRD.transmitter }, THIRD.transmitter, 2) },
      { name: "a peer key twice", ...duplicate({ peerKey: FIRST.peerKey }, FIRST.peerKey) },
      { name: "an observer key twice", ...duplicate({ observer: THIRD.observer }, x(THIRD.observer), 2) },
    ];
    for (const one of cases) refuses(one);
  });

  describe("refuses as observer key", () => {
    const good = GOOD.members[3]!.observer;
    const minus = (value: bigint) => FIELD_MODULUS - value;
    const outside = { x: minus(good.x), y: minus(good.y) };
    const cases: readonly {
      readonly name: string;
      readonly error: string;
      readonly key?: Point;
      readonly witness?: Point;
      readonly named?: true;
    }[] = [
      { name: "x ≥ p", error: "ObserverKeyOutOfField", key: { ...good, x: good.x + FIELD_MODULUS }, named: true },
      { name: "y ≥ p", error: "ObserverKeyOutOfField", key: { ...good, y: good.y + FIELD_MODULUS }, named: true },
      { name: "a point off the curve", error: "ObserverKeyOffCurve", key: { ...good, y: good.y + 1n }, named: true },
      { name: "the neutral element", error: "ObserverKeyNeutral", key: { x: 0n, y: 1n }, witness: { x: 0n, y: 1n } },
      { name: "the point of order two", error: "ObserverKeyNeutral", key: { x: 0n, y: minus(1n) } },
      { name: "a key plus the point of order two", error: "ObserverKeyOutsideSubgroup", key: outside },
      {
        name: "a key with the witness (0, 0), which doubles to (0, 0, 0)",
        error: "ObserverKeyOutsideSubgroup",
        witness: { x: 0n, y: 0n },
      },
      {
        name: "a key with another's witness",
        error: "ObserverKeyOutsideSubgroup",
        witness: WITNESSES[2]!,
      },
    ];
    for (const { name, error, key = good, witness = WITNESSES[3]!, named } of cases) {
      it(`${name}: ${error}`, async () => {
        const configuration = withMember({ observer: key })(GOOD);
        await expect(check(configuration, WITNESSES.with(3, witness)))
          .to.be.revertedWithCustomError(rules.harness, error)
          .withArgs(3, ...(named ? [key.x, key.y] : []));
      });
    }
  });
});
