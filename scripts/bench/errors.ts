export type BenchError =
  | { readonly code: "nodes-not-ready"; readonly directory: string }
  | { readonly code: "rounds-stalled"; readonly directory: string; readonly seconds: number }
  | { readonly code: "node-without-metrics"; readonly node: string }
  | { readonly code: "no-such-figure"; readonly only: string }
  | { readonly code: "nothing-to-write"; readonly bench: string; readonly only: string }
  | { readonly code: "interrupted" };
