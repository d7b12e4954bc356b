import type { ErrorData } from "../../core/errors/quorate-error.ts";
import type { MedianProof, MedianStatement } from "../../core/ports/prover.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";

/** To the prover's process. Structured clone carries bigints. */
export type ProverRequest =
  | { readonly kind: "load"; readonly artifacts: CircuitArtifacts; readonly shape: CircuitShape }
  | { readonly kind: "prove"; readonly statement: MedianStatement };

/** From it: one reply per request, in order. */
export type ProverReply =
  | { readonly kind: "loaded" }
  | { readonly kind: "proved"; readonly proof: MedianProof }
  | { readonly kind: "failed"; readonly data: ErrorData; readonly message: string };
