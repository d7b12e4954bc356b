import type { CallableContractFuture, Future, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";
import { ZeroAddress } from "ethers";
import type { Hex } from "../../../core/types/hex.ts";

/** OpenZeppelin's TimelockController, which governs itself: nobody is its administrator. */
export interface TimelockOptions {
  /** Seconds between the proposal of a call and its execution. */
  readonly minDelay: number;
  /** May schedule calls, and cancel them. */
  readonly proposers: readonly Hex[];
  /** May execute what is due; the zero address for anybody. */
  readonly executors: readonly Hex[];
}

export interface NominateOptions extends TimelockOptions {
  /** What the first account does as owner: all of it comes before. */
  readonly after: readonly Future[];
}

/**
 * Deploys a timelock and names it as the registry's next owner, last of all. The first account stays the owner until the
 * timelock calls `acceptOwnership` (`passThroughTimelock`): time to put the first committee in force.
 */
export function nominateTimelock(
  m: IgnitionModuleBuilder,
  registry: CallableContractFuture<string>,
  { minDelay, proposers, executors, after }: NominateOptions,
) {
  const timelock = m.contract("TimelockController", [minDelay, [...proposers], [...executors], ZeroAddress]);
  m.call(registry, "transferOwnership", [timelock], { after: [...after] });
  return { timelock };
}
