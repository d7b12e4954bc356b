// Usage: npm run ceremony -- init|contribute|accept|beacon|verify|export [--help]
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { createProgram } from "./program.ts";
import { createProgressPrinter } from "./progress.ts";
import { projectCircuit } from "./project-circuit.ts";
import { askHidden } from "./ask-hidden.ts";

const program = createProgram({
  circuitOf: projectCircuit,
  now: () => new Date(),
  progress: createProgressPrinter({
    print: (line) => console.error(`ceremony: ${line}`),
    now: () => performance.now(),
  }),
  print: ({ document, lines }, json) => console.log(json ? JSON.stringify(document, undefined, 2) : lines.join("\n")),
  askText: () => askHidden("type something that nobody can guess, then Enter: "),
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof QuorateError)) throw error;
  console.error(`ceremony: ${error.message} [${error.code}]`);
  process.exitCode = 1;
}
