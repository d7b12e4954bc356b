import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { slotOf } from "../../core/types/sequence.ts";
import { createChainReader } from "../../node/chain/chain-reader.ts";
import { createProgress, trials } from "../support/depth.ts";
import type { Random } from "../support/random.ts";
import { until } from "../support/until.ts";
import { slotText } from "./support/sigkill/recorder.ts";
import { type CutRound, type Station, STATIONS } from "./support/sigkill/stage.ts";
import { inTheatre, type Theatre } from "./support/sigkill/theatre.ts";

const ALL_STATIONS = Object.keys(STATIONS) as Station[];
const KILLS = trials({ slice: ALL_STATIONS.length, full: 200 });
const LATE_STORE = fileURLToPath(new URL("../support/byzantine/late-store.ts", import.meta.url));

/** Every station as often as any other, in an order of the seed's. */
function planKills(count: number, random: Random): Station[] {
  const rounds = Array.from({ length: Math.ceil(count / ALL_STATIONS.length) }, () => shuffled(ALL_STATIONS, random));
  return rounds.flat().slice(0, count);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** Kills the node at a station. @returns the round that was cut off, if it was one. */
async function killAt(station: Station, { stage, victim, random }: Theatre): Promise<CutRound | undefined> {
  if (station !== "starting") return stage.playAndKill(station);
  await victim.kill();
  victim.start();
  await delay(random.next() * STATIONS.starting);
  await victim.kill();
  return undefined;
}

describe("a real node that is killed", () => {
  it(`never signs twice for a slot, over ${KILLS} SIGKILLs at every stage of a round`, async (test) => {
    await inTheatre({ seed: 4 }, async (theatre) => {
      const { stage, victim, recorder, random } = theatre;
      const progress = createProgress("kills", KILLS);
      const killed = new Map<Station, number>();
      await stage.playRound();
      for (const [i, station] of planKills(KILLS, random).entries()) {
        const cut = await killAt(station, theatre);
        killed.set(station, (killed.get(station) ?? 0) + 1);
        assert.deepEqual(victim.missing(recorder.statements()), [], `sent and not stored, killed at ${station}`);
        await stage.restart();
        if (cut !== undefined) await stage.provoke(cut);
        await stage.playRound();
        assert.deepEqual(recorder.doubles(), [], `two messages for one slot, killed at ${station}`);
        progress(i + 1);
      }
      await stage.playLed();
      assert.deepEqual(recorder.doubles(), []);
      const least = Math.floor(KILLS / ALL_STATIONS.length);
      for (const station of ALL_STATIONS) assert.ok((killed.get(station) ?? 0) >= least, `too few kills at ${station}`);
      test.diagnostic(`${KILLS} kills: ${[...killed].map(([station, count]) => `${station} ${count}`).join(", ")}`);
      test.diagnostic(`${recorder.statements().length} binding messages, each the only one of its slot`);
    });
  });

  it("binds itself in no epoch that it may have forgotten when its data is lost, and comes back", async () => {
    await inTheatre({ seed: 5 }, async (theatre) => {
      const { stage, puppets, victim, recorder } = theatre;
      const lived = [await stage.playRound(), await stage.playRound()];
      await stage.playLed();
      await untilReported(theatre);
      const cut = await stage.playAndKill("prepared");
      const before = recorder.statements();
      const last = Math.max(...before.map(({ sequence }) => slotOf(sequence).epoch));
      await victim.loseMemory();
      await stage.restart();
      for (const sequence of lived) stage.replay(sequence);
      await stage.provoke(cut);
      // It follows a round to its end without a word of its own: so it has heard all of the above.
      const silent = await stage.playWithoutNode();
      assert.equal(slotOf(silent).epoch, puppets.epoch);
      const since = recorder.statements().filter((statement) => !before.includes(statement));
      assert.deepEqual(since.map(slotText), [], "it bound itself though it cannot know what it has signed");
      const first = await stage.playRound();
      assert.ok(slotOf(first).epoch > last);
      assert.deepEqual(recorder.doubles(), []);
    });
  });

  it("is found out by these tests if it stores what it signs only after it has left", async () => {
    await inTheatre({ seed: 6, script: LATE_STORE }, async (theatre) => {
      const { stage, victim, recorder } = theatre;
      const found = { lost: 0, doubles: 0 };
      for (const station of ["observed", "prepared", "signed", "leader-proposed"] as const) {
        const cut = await stage.playAndKill(station);
        found.lost += victim.missing(recorder.statements()).length;
        await stage.restart();
        await stage.provoke(cut);
        await stage.playRound();
        found.doubles = recorder.doubles().length;
      }
      assert.ok(found.lost > 0 && found.doubles > 0, JSON.stringify(found));
    });
  });
});

/** Until the hub holds a report of the committee: what a node without memory goes by. */
async function untilReported({ chain, domain, configuration }: Theatre): Promise<void> {
  const feedIds = configuration.feeds.map(({ id }) => id);
  const reader = createChainReader({ hub: domain.hub, feedIds }, { provider: chain.provider });
  await until("the hub holds a report", async () => (await reader.lastSequence()) > 0n);
}
