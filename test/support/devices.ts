import { type AggregateDocument, aggregateDocument } from "../../core/aggregate/document.ts";
import { type LocalCircuit, localCircuit } from "../../core/aggregate/local-circuit.ts";
import { aggregate, type AggregateTerms, seedCommitment } from "../../core/aggregate/statement.ts";
import type { CircuitArtifacts } from "../../core/proof/circuit.ts";
import { createCircuitProver } from "../../node/prover/circuit-prover.ts";
import { loadVerificationKey } from "../../node/registry/verification-key.ts";
import { ensureInstance } from "../../scripts/circuits/ensure-circuits.ts";

export const LOCAL_CIRCUIT: LocalCircuit = localCircuit({
  ...{ name: "local-k4-w32", samples: 4, bits: 32, epsilon: "1", deltaBits: 40 },
});

export const METER_TERMS: AggregateTerms = {
  ...{ circuit: "local-k4-w32", device: "meter-1", feed: "street/load" },
  ...{ beaconRule: "drand quicknet, round 12345678", beacon: `0x${"be".repeat(32)}` },
  ...{ epochSeconds: 900, minimum: -1_000n, decimals: 2 },
};
export const METER_SEED = 0x5eed_5eed_5eed_5eedn;
export const METER_SAMPLES = [100n, 2_050n, -999n, 40n];

/** What a device of a test proves; a plain meter's unless told otherwise. */
export interface DeviceEpoch {
  readonly epoch: number;
  readonly terms?: AggregateTerms;
  readonly seed?: bigint;
  readonly samples?: readonly bigint[];
}

export interface TestDevices {
  readonly artifacts: CircuitArtifacts;
  readonly key: Awaited<ReturnType<typeof loadVerificationKey>>;
  prove(epoch: DeviceEpoch): Promise<AggregateDocument>;
  stop(): Promise<void>;
}

/** Devices with the circuit that every checkout builds. Ends the curve's threads when it stops: at the end of a file's tests. */
export async function startDevices(): Promise<TestDevices> {
  const { artifacts, record } = await ensureInstance({ instance: LOCAL_CIRCUIT.name });
  const prover = await createCircuitProver({ artifacts });
  return {
    artifacts,
    key: await loadVerificationKey({ file: artifacts.verificationKey.path, digest: record.verificationKeyDigest }),
    async prove({ epoch, terms = METER_TERMS, seed = METER_SEED, samples = METER_SAMPLES }) {
      const { value, inputs } = aggregate(LOCAL_CIRCUIT, { terms, epoch }, { seed, samples });
      const { proof } = await prover.prove(inputs);
      const { circuit, device, feed } = terms;
      return aggregateDocument({ circuit, device, feed, epoch, commitment: seedCommitment(seed), value, proof });
    },
    stop: () => prover.stop(),
  };
}
