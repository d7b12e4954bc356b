import { buildBn128 } from "ffjavascript";
import type { ArtifactFile } from "../../../core/proof/circuit.ts";
import type { Groth16Backend } from "./backend.ts";
import { loadArtifact } from "../load-artifacts.ts";
import { WITNESS_HEADER_BYTES } from "../witness-calculator.ts";
import { proveGroth16 } from "./prove.ts";
import { readProvingKey } from "./proving-key.ts";

/** Proves in this process and its threads, with the proving key in memory. @throws QuorateError `artifact-mismatch`. */
export async function createInProcessBackend(zkey: ArtifactFile): Promise<Groth16Backend> {
  const provingKey = readProvingKey(await loadArtifact(zkey));
  const curve = await buildBn128(false);
  return {
    prove: (witness) => proveGroth16(curve, provingKey, witness.slice(WITNESS_HEADER_BYTES)),
    stop: () => curve.terminate(),
  };
}
