import type { BaseContract } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import type { Hex } from "../../core/types/hex.ts";
import { createQuorateFeedsModule, type QuorateFeedsOptions } from "./modules/QuorateFeeds.ts";

/** Addresses of a deployed network, lower case. */
export interface Deployment {
  readonly registry: Hex;
  readonly hub: Hex;
  readonly verifier: Hex;
  /** Takes evidence of equivocation. */
  readonly court: Hex;
  /** Takes requests for data that no feed carries. */
  readonly desk: Hex;
  /** One per listed feed, in its order. */
  readonly proxies: readonly Hex[];
  /** Only if a market was asked for. */
  readonly market?: Hex;
}

/**
 * Deploys and wires everything with Ignition; no committee is in force yet: see `configureCommittee`.
 * @param ignition of a Hardhat network connection: `const { ignition } = await network.create("devnet")`.
 * @param journal names the deployment that Ignition continues; by default the chain's own, and none on a simulated network.
 */
export async function deployQuorate(
  ignition: NetworkConnection["ignition"],
  options: QuorateFeedsOptions,
  journal: { readonly deploymentId?: string } = {},
): Promise<Deployment> {
  const module = createQuorateFeedsModule(options);
  const contracts: Readonly<Record<string, BaseContract>> = await ignition.deploy(module, journal);
  const addressOf = async (name: string): Promise<Hex> => {
    const contract = contracts[name];
    if (contract === undefined) throw new TypeError(`the Ignition module deploys no ${name}`);
    return (await contract.getAddress()).toLowerCase() as Hex;
  };
  const proxies = await Promise.all(options.feeds.map((_, index) => addressOf(`proxy${index}`)));
  const [registry, hub] = await Promise.all([addressOf("registry"), addressOf("hub")]);
  const [verifier, court] = await Promise.all([addressOf("verifier"), addressOf("court")]);
  const desk = await addressOf("desk");
  const market = options.market && { market: await addressOf("market") };
  return { registry, hub, verifier, court, desk, proxies, ...market };
}
