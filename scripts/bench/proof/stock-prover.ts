import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface StockRequest {
  /** The circuit's input signals. */
  readonly inputs: object;
  /** Paths. */
  readonly wasm: string;
  readonly zkey: string;
}

export interface StockReply {
  readonly ms: number;
  /** Bytes, of the process since it started. */
  readonly peakMemory: number;
}

export interface StockProver {
  /** One at a time. */
  prove(request: StockRequest): Promise<StockReply>;
  stop(): Promise<void>;
}

/** Stock snarkjs in a process of its own, at the usual priority. */
export function startStockProver(): StockProver {
  const child = fork(fileURLToPath(new URL("stock-worker.ts", import.meta.url)), {
    serialization: "advanced",
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const ended = exited.then(() => {
    throw new Error("stock snarkjs ended: see its error above");
  });
  ended.catch(() => undefined); // It is told to whoever waits for a proof.
  return {
    async prove(request) {
      const reply = once(child, "message") as Promise<[StockReply]>;
      child.send(request);
      const [answer] = await Promise.race([reply, ended]);
      return answer;
    },
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
