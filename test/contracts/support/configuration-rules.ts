import { network } from "hardhat";
import { type ConfigurationDomain, solidityConfiguration } from "../../../core/codec/configuration.ts";
import type { SchnorrSignature } from "../../../core/crypto/schnorr.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { Point } from "../../../core/types/observation.ts";
import type { ConfigurationHarness } from "../../../types/ethers-contracts/index.ts";
import { lowerAddress } from "./network.ts";

export interface Witnesses {
  readonly eighths: readonly Point[];
  readonly possessions?: readonly SchnorrSignature[];
}

/** The rules of configurations alone, without a registry. */
export interface ConfigurationRules {
  readonly harness: ConfigurationHarness;
  /** What possessions are signed for. */
  readonly domain: ConfigurationDomain;
  /** Reverts with the first rule that is broken. */
  check(configuration: Configuration, witnesses: Witnesses): Promise<unknown>;
}

export async function deployConfigurationRules(): Promise<ConfigurationRules> {
  const { ethers } = await network.create();
  const harness = await ethers.deployContract("ConfigurationHarness");
  const registry = await lowerAddress(harness);
  // The generated types want mutable arrays.
  const call = harness.getFunction("check") as unknown as (...args: unknown[]) => Promise<unknown>;
  return {
    harness,
    domain: { chainId: (await ethers.provider.getNetwork()).chainId, registry, hub: registry },
    check: (configuration, { eighths, possessions = [] }) =>
      call(solidityConfiguration(configuration), eighths, possessions),
  };
}
