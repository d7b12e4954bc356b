export type BuildErrorData =
  | { readonly code: "language-unknown"; readonly folder: string }
  | { readonly code: "toolchain-missing"; readonly language: string; readonly tool: string }
  | { readonly code: "module-does-not-compile"; readonly entry: string; readonly output: string }
  | { readonly code: "module-not-optimisable"; readonly reason: string }
  | { readonly code: "manifest-without-module"; readonly file: string };
