import type { Hex } from "../../core/types/hex.ts";
import type { Difference } from "./differences.ts";

/** What can be wrong with a deployment, its description or its addresses file. */
export type DeployError =
  | { readonly code: "description-inconsistent"; readonly problems: readonly string[] }
  | { readonly code: "development-verifier"; readonly chainId: number }
  | { readonly code: "verifier-not-installed"; readonly file: string }
  | { readonly code: "verifier-differs"; readonly file: string; readonly described: Hex; readonly found: Hex }
  | { readonly code: "verifier-foreign"; readonly file: string }
  | { readonly code: "circuit-without-verifier"; readonly record: string }
  | { readonly code: "wrong-chain"; readonly described: number; readonly connected: number }
  | { readonly code: "deployment-name-invalid"; readonly name: string }
  | { readonly code: "addresses-missing"; readonly file: string }
  | { readonly code: "addresses-malformed"; readonly file: string }
  | { readonly code: "journal-missing"; readonly file: string; readonly journal: string }
  | { readonly code: "contract-without-code"; readonly address: Hex }
  | { readonly code: "deployment-changed" }
  | { readonly code: "deployment-failed" }
  | { readonly code: "no-account" }
  | { readonly code: "not-owner"; readonly owner: Hex }
  | { readonly code: "configuration-index"; readonly given: number; readonly expected: number }
  | { readonly code: "configuration-ended"; readonly digest: Hex; readonly state: "retired" | "revoked" }
  | { readonly code: "configuration-digest-mismatch"; readonly digest: Hex }
  | { readonly code: "registry-refused"; readonly error: string }
  | { readonly code: "deployment-differs"; readonly differences: readonly Difference[] }
  | { readonly code: "feed-unknown"; readonly feed: string; readonly known: readonly string[] }
  | { readonly code: "feed-ambiguous"; readonly feed: string; readonly ids: readonly Hex[] }
  | { readonly code: "code-differs"; readonly contract: string; readonly address: Hex };
