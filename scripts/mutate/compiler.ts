import { createRequire } from "node:module";
import type { AstNode } from "./ast.ts";

/** What the compiler's standard JSON input and output hold, as far as mutants need it. */
export interface CompilerInput {
  readonly language: "Solidity";
  readonly sources: Readonly<Record<string, { readonly content: string }>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface LinkReference {
  readonly start: number;
  readonly length: number;
}

export interface CompiledContract {
  readonly evm: {
    readonly bytecode: {
      readonly object: string;
      readonly linkReferences: Readonly<Record<string, Readonly<Record<string, readonly LinkReference[]>>>>;
    };
  };
}

export interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
  readonly sources?: Readonly<Record<string, { readonly ast: AstNode }>>;
}

interface Solc {
  compile(input: string): string;
}

let compiler: Solc | undefined;

/**
 * Compiles with the npm package's compiler, in this process.
 * @throws TypeError with the compiler's words.
 */
export function compile(input: CompilerInput): CompilerOutput {
  compiler ??= createRequire(import.meta.url)("solc") as Solc;
  const output = JSON.parse(compiler.compile(JSON.stringify(input))) as CompilerOutput;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new TypeError(errors.map((error) => error.formattedMessage).join("\n"));
  return output;
}
