/** snarkjs says where it is many times a second; a person wants to know that it goes on. */
const QUIET_MS = 2_000;

export interface ProgressPrinterDeps {
  readonly print: (line: string) => void;
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
}

/** Prints every line that announces a step (they end in …), and of the others one in two seconds. */
export function createProgressPrinter({ print, now }: ProgressPrinterDeps): (line: string) => void {
  let printedAt = 0;
  return (line) => {
    if (!line.endsWith("…") && now() - printedAt < QUIET_MS) return;
    printedAt = now();
    print(line.replaceAll(/\s+/g, " ").trim());
  };
}
