import {
  type Future,
  isAccountRuntimeValue,
  isArtifactContractDeploymentFuture,
  isFuture,
  isNamedContractDeploymentFuture,
} from "@nomicfoundation/ignition-core";
import { AbiCoder, type BaseContract } from "ethers";
import type { Hex } from "../../core/types/hex.ts";

export interface DeployedModule {
  /** By the names of the module's results. */
  readonly contracts: Readonly<Record<string, BaseContract>>;
  readonly futures: Readonly<Record<string, Future>>;
  /** Of the chain's connection, in Ignition's order. */
  readonly accounts: readonly string[];
}

/**
 * What a contract of a module was constructed with, as the module says it: ABI-encoded, without the bytecode before it.
 * @throws TypeError for a name that the module does not deploy, and for an argument that only Ignition can resolve.
 */
export async function constructorArgumentsOf(deployed: DeployedModule, name: string): Promise<Hex> {
  const [contract, future] = [deployed.contracts[name], deployed.futures[name]];
  if (contract === undefined || future === undefined) throw new TypeError(`the Ignition module deploys no ${name}`);
  if (!isNamedContractDeploymentFuture(future) && !isArtifactContractDeploymentFuture(future))
    throw new TypeError(`${name} is no contract that the Ignition module deploys`);
  const args = await Promise.all(future.constructorArgs.map((argument) => resolve(argument, deployed)));
  return AbiCoder.defaultAbiCoder().encode(contract.interface.deploy.inputs, args) as Hex;
}

async function resolve(argument: unknown, { contracts, futures, accounts }: DeployedModule): Promise<unknown> {
  if (isAccountRuntimeValue(argument)) return accounts[argument.accountIndex];
  if (!isFuture(argument)) return argument;
  const name = Object.keys(futures).find((key) => futures[key] === argument) ?? "";
  const contract = contracts[name];
  if (contract === undefined) throw new TypeError(`the argument ${argument.id} is not among the module's results`);
  return contract.getAddress();
}
