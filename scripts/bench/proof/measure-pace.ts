import path from "node:path";
import { ensureCircuits } from "../../circuits/ensure-circuits.ts";
import { circuitOf, USUAL_CIRCUIT } from "../../devnet/committee.ts";
import { DEVELOPMENT_TIMING } from "../../devnet/feeds.ts";
import type { BenchContext, Measurement } from "../result.ts";
import { withNetwork } from "../rounds/bench-network.ts";
import { measureRounds } from "../rounds/measure-rounds.ts";
import { summarise } from "../statistics.ts";

const WARM_UP = 5;

/**
 * What proving does to the rounds beside it: the same network at development defaults, first signed only, then with every
 * report that it transmits proven on the same cores.
 */
export async function measurePace(
  nodes: number,
  rounds: number,
  context: BenchContext,
): Promise<readonly Measurement[]> {
  await ensureCircuits({ instance: circuitOf(nodes) ?? USUAL_CIRCUIT });
  const results: Measurement[] = [];
  for (const proving of [false, true]) {
    const name = `proof.rounds.n${nodes}.${proving ? "proving" : "signed"}`;
    const directory = path.join(context.directory, name);
    const options = { nodes, timing: DEVELOPMENT_TIMING, calm: false, linked: false, directory, proving };
    const { samples } = await withNetwork(options, context, (network) =>
      measureRounds(network, { rounds, warmUp: WARM_UP, directory }, context),
    );
    const about = `RoundStart sent → final at 2f+1 of ${nodes} nodes, development defaults, sources as recorded, ${
      proving ? "every transmitted report proven meanwhile" : "nothing proven"
    }`;
    results.push(summarise({ name, unit: "ms", about, samples: samples.flatMap(({ times }) => times.final ?? []) }));
  }
  return results;
}
