import instances from "../../circuits/instances.json" with { type: "json" };
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Prover } from "../../core/ports/prover.ts";
import type { CircuitShape } from "../../core/proof/circuit.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { NodeConfig } from "../config/node-config.ts";
import { createProverMetrics } from "../prover/metrics.ts";
import { createProver } from "../prover/prover.ts";
import { BUILT_CIRCUITS, type CircuitName, findArtifacts } from "./circuit-files.ts";

/** One prover per circuit, for all committees of that shape. Started when the first of them comes, kept for the next. */
export interface ProverPool {
  /**
   * Resolves with nothing where proving is disabled or no circuit has this committee's shape.
   * @throws QuorateError as `findArtifacts`, or what the prover refuses.
   */
  proverFor(configuration: Configuration): Promise<Prover | undefined>;
  stop(): Promise<void>;
}

type Instance = CircuitShape & { readonly name: CircuitName };
const MEDIAN_CIRCUITS = instances.filter(({ template }) => template === "MedianProof") as Instance[];

export interface ProverPoolDeps {
  readonly log: Log;
  readonly meter: Meter;
}

export function createProverPool(config: NodeConfig["prover"], { log, meter }: ProverPoolDeps): ProverPool {
  const { enabled, artifacts: directory = BUILT_CIRCUITS, rapidsnark } = config;
  const metrics = createProverMetrics(meter);
  const provers = new Map<Instance["name"], Promise<Prover>>();

  async function start(instance: Instance): Promise<Prover> {
    const artifacts = await findArtifacts(directory, instance.name);
    return createProver({ circuit: instance.name, artifacts, shape: instance, rapidsnark }, { log, metrics });
  }

  return {
    async proverFor(configuration) {
      const instance = enabled ? instanceFor(configuration) : undefined;
      if (instance === undefined) return undefined;
      const prover = provers.get(instance.name) ?? start(instance);
      provers.set(instance.name, prover);
      // What could not be started may be mended: it is tried again.
      prover.catch(() => provers.delete(instance.name));
      return prover;
    },
    async stop() {
      // One that failed to start is its caller's to tell of.
      for (const prover of provers.values()) await (await prover.catch(() => undefined))?.stop();
    },
  };
}

function instanceFor({ members, f, lanes }: Configuration): Instance | undefined {
  const fits = (shape: CircuitShape) => members.length <= shape.nMax && shape.k === 2 * f + 1 && shape.lanes === lanes;
  return MEDIAN_CIRCUITS.find(fits);
}
