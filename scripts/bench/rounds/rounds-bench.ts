import path from "node:path";
import type { Bench, BenchContext, Measurement } from "../result.ts";
import { withNetwork } from "./bench-network.ts";
import { measureEndurance } from "./endurance.ts";
import { figuresOf } from "./figures.ts";
import { measureRounds } from "./measure-rounds.ts";
import { type Setting, SETTINGS, timingOf, wantedSettings } from "./settings.ts";

const WARM_UP = 10;
/** Where rounds are long there is little to warm up in so many. */
const SHORT_WARM_UP = 3;
/** Rounds follow each other as fast as four nodes on two cores manage; of those that do not end in time there may be some. */
const ENDURANCE = { name: "rounds.endurance", nodes: 4, deltaRound: 200, early: 1_000, late: 10_000 };

/** Rounds of real node processes over libp2p, with the replayed market. */
export const roundsBench: Bench = {
  name: "rounds",
  description: "latency, traffic, CPU and memory of rounds: 4, 7, 16 and 31 nodes, loopback and with delays",
  async run(context) {
    const results: Measurement[] = [];
    for (const setting of wantedSettings(SETTINGS, context.only))
      results.push(...(await measureSetting(setting, context)));
    if (context.full && wantsEndurance(context.only)) results.push(...(await endure(context)));
    return results;
  },
};

/** In both directions: `rounds` asks for it among others, `rounds.endurance.memory` for a part of it. */
function wantsEndurance(only: string): boolean {
  return ENDURANCE.name.startsWith(only) || only.startsWith(`${ENDURANCE.name}.`);
}

/** Measures all variants of one committee. */
async function measureSetting(setting: Setting, context: BenchContext): Promise<Measurement[]> {
  const { nodes, sources, deltaRound, variants } = setting;
  const directory = path.join(context.directory, variants[0]?.name ?? "rounds");
  const linked = variants.some(({ delayMs }) => delayMs !== undefined);
  const options = { nodes, timing: timingOf(deltaRound), calm: sources === "calm", linked, directory };
  return withNetwork(options, context, async (network) => {
    const results: Measurement[] = [];
    for (const variant of variants) {
      context.progress(variant.name);
      await network.links?.delay(variant.delayMs ?? 0);
      const rounds = context.full ? variant.fullRounds : variant.rounds;
      const warmUp = rounds < WARM_UP ? SHORT_WARM_UP : WARM_UP;
      const measured = await measureRounds(network, { rounds, warmUp, directory }, context);
      results.push(...figuresOf({ setting, variant, ...measured }));
    }
    return results;
  });
}

function endure(context: BenchContext): Promise<Measurement[]> {
  const { nodes, deltaRound, early, late } = ENDURANCE;
  const directory = path.join(context.directory, "endurance");
  const options = { nodes, timing: timingOf(deltaRound), calm: true, linked: false, directory };
  return withNetwork(options, context, (network) => measureEndurance(network, { early, late, directory }, context));
}
