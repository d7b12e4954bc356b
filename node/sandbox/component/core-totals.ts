import { refusal } from "../admission/refusal.ts";
import { CAPS } from "../admission/rules.ts";

/** What each instance of a core module has of its own. */
export interface CoreParts {
  readonly memories: number;
  /** Memories that nothing outside the instance can name, so that nobody could say how large they are. */
  readonly hiddenMemories: number;
  /** Entries that its tables start with. No admitted instruction makes a table grow. */
  readonly tableEntries: number;
  /** Each is an object of the engine's, made anew for each instance. */
  readonly exports: number;
}

export interface CoreModule extends CoreParts {
  instances: number;
}

/**
 * What all core instances of a component have together. The same module instantiated twice has two memories; one that is
 * never instantiated counts once.
 */
export function coreTotals(cores: readonly CoreModule[]): CoreParts {
  const total = (part: keyof CoreParts) =>
    cores.reduce((sum, core) => sum + core[part] * Math.max(core.instances, 1), 0);
  return {
    memories: total("memories"),
    hiddenMemories: total("hiddenMemories"),
    tableEntries: total("tableEntries"),
    exports: total("exports"),
  };
}

/**
 * Checks that the parts of a component take no more together than one module may alone. The limit of table entries is the
 * manifest's, which admission knows.
 * @throws QuorateError<ModuleRefused>
 */
export function checkTotals({ memories, hiddenMemories, exports }: CoreParts): void {
  if (memories > 1) {
    const mend = "link your code into one module, instantiated once; do not compose components";
    throw refusal("component", {}, `the component has ${memories} memories, one is admitted: ${mend}`);
  }
  if (hiddenMemories > 0) {
    const mend = "export it (wasm-ld --export-memory)";
    throw refusal("component", {}, `a core module keeps its memory to itself, where nobody can measure it: ${mend}`);
  }
  if (exports > CAPS.exports) {
    const counts = `the core instances export ${exports} things, at most ${CAPS.exports} are admitted`;
    throw refusal("component", {}, `${counts}: instantiate each core module once`);
  }
}
