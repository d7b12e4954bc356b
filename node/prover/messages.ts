import type { ErrorData } from "../../core/errors/quorate-error.ts";
import type { MedianProof, MedianStatement, ProvingStage } from "../../core/ports/prover.ts";
import type { EngineOptions } from "./engine.ts";

/** To the prover's process. Structured clone carries bigints. */
export type ProverRequest =
  ({ readonly kind: "load" } & EngineOptions) | { readonly kind: "prove"; readonly statement: MedianStatement };

/** From it: one reply per request, in order; stages come before the reply to the request that they belong to. */
export type ProverMessage = ProverReply | { readonly kind: "stage"; readonly stage: ProvingStage };

export type ProverReply =
  | { readonly kind: "loaded" }
  | { readonly kind: "proved"; readonly proof: MedianProof }
  | { readonly kind: "failed"; readonly data: ErrorData; readonly message: string };
