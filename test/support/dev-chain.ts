import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { JsonRpcProvider, Network, parseEther, toQuantity } from "ethers";
import type { Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import type { Deployment } from "../../scripts/deploy/deploy.ts";
import type { VerifierOptions } from "../../scripts/deploy/modules/Quorate.ts";
import type { ChainReply } from "../../scripts/devnet/chain/messages.ts";
import { spawnChild } from "../../scripts/devnet/child.ts";
import { ensureContracts } from "../../scripts/toolchain/contracts.ts";
import { mockVerifier } from "../contracts/support/network.ts";

const CHAIN_SCRIPT = fileURLToPath(new URL("../../scripts/devnet/chain/main.ts", import.meta.url));
export const DEV_CHAIN_ID = 31337;

/** The development chain in a process of its own, with the contracts deployed. */
export interface DevChain {
  readonly rpc: string;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  /** Puts a committee in force and gives its transmitters something to pay with. @returns the configuration's digest. */
  configure(configuration: Configuration): Promise<Hex>;
  stop(): Promise<void>;
}

export interface DevChainOptions {
  /** Receives the chain's log. */
  readonly folder: string;
  /** The committee's shape, which the verifier must have. */
  readonly n: number;
  readonly f: number;
  readonly lanes: number;
  /** Default: a mock that takes any proof. */
  readonly verifier?: VerifierOptions;
}

export async function startDevChain({ folder, verifier, ...shape }: DevChainOptions): Promise<DevChain> {
  await ensureContracts();
  const logFile = path.join(folder, "chain.log");
  const child = spawnChild({ script: CHAIN_SCRIPT, logFile });
  try {
    const { url: rpc } = await child.request<Extract<ChainReply, { kind: "listening" }>>(undefined, "listening");
    const request = { kind: "deploy", options: { verifier: verifier ?? mockVerifier(shape), feeds: [] } };
    const { deployment } = await child.request<Extract<ChainReply, { kind: "deployed" }>>(request, "deployed");
    const provider = new JsonRpcProvider(rpc, DEV_CHAIN_ID, {
      ...{ staticNetwork: Network.from(DEV_CHAIN_ID), cacheTimeout: -1, pollingInterval: 50 },
    });
    return {
      ...{ rpc, provider, deployment },
      async configure(configuration) {
        for (const { transmitter } of configuration.members)
          await provider.send("hardhat_setBalance", [transmitter, toQuantity(parseEther("10"))]);
        const { registry, hub } = deployment;
        const owner = await provider.getSigner(0);
        return configureCommittee(configuration, { owner, chainId: BigInt(DEV_CHAIN_ID), registry, hub });
      },
      async stop() {
        provider.destroy();
        await child.stop();
      },
    };
  } catch (cause) {
    await child.kill();
    throw new Error(`the chain did not start:\n${readFileSync(logFile, "utf8").slice(-2_000)}`, { cause });
  }
}
