/** One small change of a contract that a test should notice. */
export interface Mutant {
  /** From 1, in the order of files and positions. */
  readonly id: number;
  /** Path from the root. */
  readonly file: string;
  /** What it changes: "Contract.function", "Contract" for a constant. */
  readonly within: string;
  readonly operator: string;
  /** The text that is changed, on one line, and what it becomes: "" where it is removed. */
  readonly original: string;
  readonly replacement: string;
  /** Which of several equal changes within the function, from 1. */
  readonly occurrence: number;
  readonly line: number;
}

/** The parts of a mutant that stay the same while other code moves. */
export type MutantName = Pick<Mutant, "file" | "within" | "operator" | "original" | "replacement" | "occurrence">;

/** The key that two names share exactly when they name one mutant. */
export function keyOf({ file, within, operator, original, replacement, occurrence }: MutantName): string {
  return [file, within, operator, original, replacement, occurrence].join("\0");
}

export function describeMutant({ file, within, operator, original, replacement, occurrence }: MutantName): string {
  const change = replacement === "" ? `without \`${original}\`` : `\`${original}\` → \`${replacement}\``;
  return `${file} ${within}: ${operator}: ${change}${occurrence > 1 ? ` (occurrence ${occurrence})` : ""}`;
}
