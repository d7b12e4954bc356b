// Child process: stock snarkjs as its documentation shows it, `groth16.fullProve` over files. What ours is measured against.
import * as snarkjs from "snarkjs";
import type { StockReply, StockRequest } from "./stock-prover.ts";

const BYTES_PER_KIBIBYTE = 1024;

async function prove({ inputs, wasm, zkey }: StockRequest): Promise<StockReply> {
  const start = performance.now();
  await snarkjs.groth16.fullProve(inputs, wasm, zkey);
  const ms = performance.now() - start;
  return { ms, peakMemory: process.resourceUsage().maxRSS * BYTES_PER_KIBIBYTE };
}

process.on("message", (request: StockRequest) => {
  void prove(request).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit(0));
