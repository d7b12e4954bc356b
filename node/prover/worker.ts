// Child process: proves statements at lowered priority, so that rounds keep their pace. Lives as long as its parent.
import os from "node:os";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import type { ProverErrorData } from "./errors.ts";
import type { ProverReply, ProverRequest } from "./messages.ts";

let engine: Engine | undefined;

async function answer(request: ProverRequest): Promise<ProverReply> {
  try {
    if (request.kind === "load") {
      engine = await createEngine(request.artifacts, request.shape);
      return { kind: "loaded" };
    }
    if (engine === undefined) throw new TypeError("prove before load");
    return { kind: "proved", proof: await engine.prove(request.statement) };
  } catch (error) {
    if (error instanceof QuorateError) {
      const { data, message } = error as QuorateError;
      return { kind: "failed", data, message };
    }
    const data: ProverErrorData = { code: "prover-fault", reason: String(error) };
    return { kind: "failed", data, message: `proving failed unexpectedly: ${String(error)}` };
  }
}

// Before snarkjs starts its threads, which inherit it.
os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
// A terminal's Ctrl-C reaches the whole group; the parent decides when this process ends.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (request: ProverRequest) => {
  void answer(request).then((reply) => {
    process.send?.(reply);
  });
});
