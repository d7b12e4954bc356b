export type SoakError =
  | { readonly code: "nodes-not-ready"; readonly directory: string }
  | { readonly code: "node-ended"; readonly node: string; readonly logFile: string }
  | { readonly code: "no-proc" }
  | { readonly code: "interrupted" };
