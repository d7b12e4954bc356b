import path from "node:path";
import type { Log } from "../../core/ports/log.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import type { ArtifactRecord, FileName } from "./artifacts.ts";
import { buildCircuit, FILES } from "./build-circuit.ts";
import type { BuildProgress, BuildSummary } from "./build-circuit.ts";
import { cacheKey } from "./cache-key.ts";
import { cachedBuild } from "./circuit-cache.ts";
import type { CachedBuild } from "./circuit-cache.ts";
import { findInstance, findMedianInstance } from "./instances.ts";
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

/** A built circuit of any template. */
export interface BuiltInstance {
  readonly instance: CircuitInstance;
  readonly artifacts: CircuitArtifacts;
  readonly record: ArtifactRecord;
  /** The generated Solidity verifier, before it is copied into the contracts; written where contracts verify the proofs. */
  readonly verifierFile: string;
  /** Absent where the cache was good. */
  readonly built?: BuildSummary;
}

/** One of `MedianProof`. */
export interface BuiltCircuit extends BuiltInstance {
  readonly shape: CircuitShape;
}

/** As `ensureInstance`, for those who prove medians. Throws `circuit-other-template` for any other circuit. */
export async function ensureCircuits(options: EnsureCircuitsOptions): Promise<BuiltCircuit> {
  const { nMax, k, lanes } = await findMedianInstance(options.instance);
  return { ...(await ensureInstance(options)), shape: { nMax, k, lanes } };
}

/**
 * A circuit with its development keys, from `build/circuits` if it is there and sound, else built (about ten seconds on
 * two cores). Every file has the digest that `circuits/artifacts.json` records. Throws `CircuitBuildErrorData` codes.
 */
export async function ensureInstance(options: EnsureCircuitsOptions): Promise<BuiltInstance> {
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

function describe(instance: CircuitInstance, { folder, record, ...rest }: CachedBuild): BuiltInstance {
  const file = (name: Exclude<FileName, "verifier">) => ({
    path: path.join(folder, FILES[name]),
    sha256: record.sha256[name],
  });
  return {
    instance,
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
