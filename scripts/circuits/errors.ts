export type CircuitBuildErrorData =
  | { readonly code: "circuit-unknown"; readonly instance: string; readonly known: readonly string[] }
  | { readonly code: "circuit-other-template"; readonly instance: string; readonly template: string }
  | { readonly code: "circuit-compiler-failed"; readonly instance: string; readonly output: string }
  | { readonly code: "circuit-export-failed"; readonly instance: string; readonly exitCode: number | null }
  | { readonly code: "circuit-artifacts-mismatch"; readonly instance: string; readonly files: readonly string[] }
  | { readonly code: "circuit-build-locked"; readonly instance: string; readonly lock: string };
