import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { CircuitArtifacts } from "../../../core/proof/circuit.ts";
import { findLocalCircuit } from "./local-circuits.ts";
import type { AggregateMeasurement, MeasureAggregateOptions } from "./measure-worker.ts";

export type { AggregateMeasurement };

/**
 * Proves a local aggregate again and again, in a process of its own, so that its memory is the prover's.
 * @param circuit a name of `circuits/instances.json`, else `local-circuit-unknown`. @param runs that are counted, after
 * some that warm up.
 */
export async function measureLocalAggregate(
  circuit: string,
  { artifacts, runs }: { readonly artifacts: CircuitArtifacts; readonly runs: number },
): Promise<AggregateMeasurement> {
  findLocalCircuit(circuit);
  const child = fork(fileURLToPath(new URL("measure-worker.ts", import.meta.url)), {
    serialization: "advanced",
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const measured = new Promise<AggregateMeasurement>((resolve, reject) => {
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the measuring process ended: see its error above")));
  });
  child.send({ circuit, artifacts, runs } satisfies MeasureAggregateOptions);
  try {
    return await measured;
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
}
