import path from "node:path";
import type { Log } from "../../core/ports/log.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import type { ArtifactRecord, FileName } from "./artifacts.ts";
import { buildCircuit, FILES } from "./build-circuit.ts";
import type { BuildProgress, BuildSummary } from "./build-circuit.ts";
import { cacheKey } from "./cache-key.ts";
import { cachedBuild } from "./circuit-cache.ts";
import type { CachedBuild } from "./circuit-cache.ts";
import { findInstance } from "./instances.ts";
import type { CircuitInstance } from "./instances.ts";
import { ARTIFACTS_FILE, BUILD } from "./paths.ts";

export interface EnsureCircuitsOptions {
  /** A name in `circuits/instances.json`. */
  readonly instance: string;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly log?: Log | undefined;
  /** Build even if the cache is good. */
  readonly force?: boolean | undefined;
  /** Accept the build's digests as the new truth in `circuits/artifacts.json`. For whoever changed a circuit. */
  readonly update?: boolean | undefined;
}

export interface BuiltCircuit {
  readonly instance: CircuitInstance;
  readonly shape: CircuitShape;
  readonly artifacts: CircuitArtifacts;
  readonly record: ArtifactRecord;
  /** The generated Solidity verifier, before it is copied into the contracts. */
  readonly verifierFile: string;
  /** Absent where the cache was good. */
  readonly built?: BuildSummary;
}

/**
 * A circuit with its development keys, from `build/circuits` if it is there and sound, else built (about ten seconds on
 * two cores). Every file has the digest that `circuits/artifacts.json` records. Throws `CircuitBuildErrorData` codes.
 */
export async function ensureCircuits(options: EnsureCircuitsOptions): Promise<BuiltCircuit> {
  const { onProgress, log, force, update } = options;
  const instance = await findInstance(options.instance);
  const cached = await cachedBuild(
    { folder: BUILD, recordsFile: ARTIFACTS_FILE },
    {
      name: instance.name,
      key: await cacheKey(instance),
      force,
      update,
      async build(folder) {
        log?.info({ instance: instance.name }, "building circuit");
        const summary = await buildCircuit({ instance, folder, onProgress });
        log?.info({ instance: instance.name, ...summary }, "circuit built");
        return summary;
      },
    },
  );
  return describe(instance, cached);
}

function describe(instance: CircuitInstance, { folder, record, ...rest }: CachedBuild): BuiltCircuit {
  const file = (name: FileName) => ({ path: path.join(folder, FILES[name]), sha256: record.sha256[name] });
  const { nMax, k, lanes } = instance;
  return {
    instance,
    shape: { nMax, k, lanes },
    artifacts: {
      r1cs: file("r1cs"),
      wasm: file("wasm"),
      zkey: file("zkey"),
      verificationKey: file("verificationKey"),
    },
    record,
    verifierFile: path.join(folder, FILES.verifier),
    ...rest,
  };
}
