import { ensureContracts } from "../../toolchain/contracts.ts";
import type { Bench, Measurement } from "../result.ts";
import { circuitFigures } from "./circuit-figures.ts";
import { localFigures } from "./local-figures.ts";
import { measureCircuit } from "./measure-circuit.ts";
import { measurePace } from "./measure-pace.ts";
import { isWanted, LOCAL_RUNS, LOCAL_SETTINGS, PACE_ROUNDS, PROOF_RUNS, PROOF_SETTINGS } from "./settings.ts";

/** Committees whose rounds are watched while their reports are proven. */
const PACED = [
  { nodes: 4, full: false },
  { nodes: 7, full: true },
] as const;

/** Circuits with their development keys, the nodes' prover, and stock snarkjs beside it. */
export const proofBench: Bench = {
  name: "proof",
  description: "proofs against stock snarkjs: time, memory, verification, keys; local aggregates; rounds while proving",
  async run(context) {
    const { full, only } = context;
    const depth = full ? "full" : "usual";
    const results: Measurement[] = [];
    context.progress("building the contracts");
    await ensureContracts();
    for (const setting of PROOF_SETTINGS) {
      if ((setting.full && !full) || !isWanted(setting.name, only)) continue;
      results.push(...circuitFigures(setting, await measureCircuit(setting, PROOF_RUNS[depth], context)));
    }
    for (const setting of LOCAL_SETTINGS) {
      if ((setting.full && !full) || !isWanted(setting.name, only)) continue;
      results.push(...(await localFigures(setting, LOCAL_RUNS[depth], context)));
    }
    for (const { nodes, ...paced } of PACED) {
      if ((paced.full && !full) || !isWanted(`proof.rounds.n${nodes}`, only)) continue;
      results.push(...(await measurePace(nodes, PACE_ROUNDS[depth], context)));
    }
    return results;
  },
};
