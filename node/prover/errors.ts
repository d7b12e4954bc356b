import type { StatementErrorData } from "../../core/proof/statement.ts";
import type { WitnessErrorData } from "./witness-calculator.ts";

/** Why there is no proof. Codes of `StatementErrorData` mean that none can exist; the others may pass. */
export type ProverErrorData =
  | StatementErrorData
  | WitnessErrorData
  | { readonly code: "artifact-mismatch"; readonly path: string; readonly expected: string; readonly found: string }
  | { readonly code: "engine-missing"; readonly path: string }
  | { readonly code: "engine-failed"; readonly path: string; readonly reason: string }
  | { readonly code: "proof-dropped"; readonly bound: number }
  | { readonly code: "proof-aborted" }
  | { readonly code: "proof-timeout"; readonly seconds: number }
  | { readonly code: "proof-invalid" }
  | { readonly code: "prover-crashed"; readonly attempts: number }
  | { readonly code: "prover-stopped" }
  | { readonly code: "prover-fault"; readonly reason: string };
