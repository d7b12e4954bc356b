/** One thing that is wrong with the tree, and how to mend it. */
export interface Finding {
  /** The check that found it, e.g. "layers". */
  readonly check: string;
  /** Path from the root of the checkout, with `/`; `path:line` where a line is known. */
  readonly path: string;
  readonly problem: string;
  readonly mend: string;
}

/** The files that the checks look at. */
export interface Tree {
  /** Absolute path of the checkout. */
  readonly root: string;
  /** Paths from the root, with `/`: what git tracks, and what it would track if it were added now. */
  readonly files: readonly string[];
}

/** One line for a person. */
export function formatFinding({ check, path, problem, mend }: Finding): string {
  return `${check}: ${path}: ${problem}. ${mend}.`;
}
