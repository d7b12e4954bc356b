// Child process: proves statements at lowered priority, so that rounds keep their pace. Lives as long as its parent.
import { rmSync } from "node:fs";
import os from "node:os";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import type { ProverErrorData } from "./errors.ts";
import type { ProverMessage, ProverReply, ProverRequest } from "./messages.ts";

let engine: Engine | undefined;
let scratch: string | undefined;

async function answer(request: ProverRequest): Promise<ProverReply> {
  try {
    if (request.kind === "load") {
      scratch = request.rapidsnark?.scratch;
      engine = await createEngine(request);
      return { kind: "loaded" };
    }
    if (engine === undefined) throw new TypeError("prove before load");
    return { kind: "proved", proof: await engine.prove(request.statement, (stage) => tell({ kind: "stage", stage })) };
  } catch (error) {
    if (error instanceof QuorateError) {
      const { data, message } = error as QuorateError;
      return { kind: "failed", data, message };
    }
    const data: ProverErrorData = { code: "prover-fault", reason: String(error) };
    return { kind: "failed", data, message: `proving failed unexpectedly: ${String(error)}` };
  }
}

function tell(message: ProverMessage): void {
  process.send?.(message);
}

/** The parent is gone: with this process goes what it started, an external engine, and what only the parent would remove. */
function endWithParent(): void {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  process.kill(-process.pid, "SIGKILL");
}

// Before the curve's threads start, which inherit it, as an external engine does.
os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
process.on("disconnect", endWithParent);
process.on("message", (request: ProverRequest) => {
  void answer(request).then(tell);
});
