// The development chain as a process of its own: Hardhat's EDR behind JSON-RPC on loopback. It deploys on request,
// so that Hardhat is loaded once. Lives as long as its parent.
import { rm } from "node:fs/promises";
import path from "node:path";
import hre from "hardhat";
import { deployQuorate } from "../../deploy/deploy.ts";
import type { ChainReply, ChainRequest } from "./messages.ts";

const LOOPBACK = "127.0.0.1";
// Ignition keeps a journal per deployment, to continue it later. This chain is gone with its process, and so is the journal.
const deploymentId = `devnet-${process.pid}`;
const journal = path.join(hre.config.paths.ignition, "deployments", deploymentId);

const server = await hre.network.createServer({ network: "devnet" }, LOOPBACK, 0);
const { port } = await server.listen();
const url = `http://${LOOPBACK}:${port}`;

function reply(message: ChainReply): void {
  process.send?.(message);
}

// The parent decides when the chain ends; a terminal's Ctrl-C reaches the whole group.
process.on("SIGINT", () => undefined);
process.once("SIGTERM", () => void close());
process.once("disconnect", () => void close());
process.on("message", (request: ChainRequest) => void answer(request));
reply({ kind: "listening", url });

async function answer({ options }: ChainRequest): Promise<void> {
  const { ignition } = await hre.network.create({ network: "devnetRpc", override: { url } });
  reply({ kind: "deployed", deployment: await deployQuorate(ignition, options, { deploymentId }) });
  await rm(journal, { recursive: true, force: true });
}

async function close(): Promise<void> {
  await server.close();
  // EDR's native threads keep the process alive.
  process.exit();
}
