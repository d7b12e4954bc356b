import { Contract, type ContractRunner, dataLength, type Signer } from "ethers";
import {
  configDigest,
  type ConfigurationDomain,
  encodeConfiguration,
  solidityConfiguration,
} from "../../core/codec/configuration.ts";
import { eighth } from "../../core/crypto/babyjubjub.ts";
import type { SchnorrSignature } from "../../core/crypto/schnorr.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CommitteeState, Configuration, Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Point } from "../../core/types/observation.ts";
import { committeeRegistryAbi } from "../../node/chain/generated/abi.ts";

export interface ConfigureError {
  readonly code: "invalid-observer-key";
  readonly member: number;
}

export interface ConfigureOptions extends ConfigurationDomain {
  /** The registry's owner. */
  readonly owner: Signer;
  /** For each Schnorr key its signature over `possessionDigest`; none unless given. */
  readonly possessions?: readonly SchnorrSignature[];
}

/** A call of the registry that its owner has to make. */
export interface OwnerStep {
  readonly method: "publish" | "stage" | "activate";
  readonly args: readonly unknown[];
  readonly to: Hex;
  /** Calldata. */
  readonly data: Hex;
}

export interface CommitteePlan {
  readonly digest: Hex;
  /** Where the configuration stands now; undefined for one that the registry does not know. */
  readonly state: CommitteeState | undefined;
  /** What is left to do, in order. */
  readonly steps: readonly OwnerStep[];
}

/** The registry's states, in the order of its enum. */
const STATES: readonly (CommitteeState | undefined)[] = [undefined, "staged", "active", "retired", "revoked"];
/** What one code store holds. Keeping more and checking it may exceed what one transaction may cost: then it is kept first. */
const CODE_STORE_BYTES = 24_575;

/**
 * Stages and activates a configuration, doing only what is not done yet, and waits for both transactions.
 * @returns the configuration's digest.
 * @throws QuorateError<ConfigureError> for an observer key outside the prime subgroup; ethers' error when the registry refuses.
 */
export async function configureCommittee(configuration: Configuration, options: ConfigureOptions): Promise<Hex> {
  const { owner, ...domain } = options;
  const { digest, steps } = await planCommittee(configuration, { ...domain, runner: owner });
  for (const step of steps) await sendStep(step, owner);
  return digest;
}

/**
 * What is left to do so that a configuration is in force.
 * @throws QuorateError<ConfigureError> for an observer key outside the prime subgroup.
 */
export async function planCommittee(
  configuration: Configuration,
  { runner, possessions = [], ...domain }: Omit<ConfigureOptions, "owner"> & { readonly runner: ContractRunner },
): Promise<CommitteePlan> {
  const digest = configDigest(configuration, domain);
  const registry = registryAt(domain.registry, runner);
  const statement = (await registry.getFunction("statement").staticCall(digest)) as { state: bigint };
  const state = STATES[Number(statement.state)];
  const step = (method: OwnerStep["method"], args: readonly unknown[]): OwnerStep => ({
    ...{ method, args, to: domain.registry },
    data: registry.interface.encodeFunctionData(method, args) as Hex,
  });
  const steps: OwnerStep[] = [];
  if (state === undefined) {
    const encoded = encodeConfiguration(configuration);
    if (dataLength(encoded) > CODE_STORE_BYTES) steps.push(step("publish", [encoded]));
    const witnesses = keyWitnesses(configuration.members);
    steps.push(step("stage", [solidityConfiguration(configuration), witnesses, possessions]));
  }
  if (state === undefined || state === "staged") steps.push(step("activate", [digest]));
  return { digest, state, steps };
}

/** Sends one and waits until it is in a block. */
export async function sendStep({ method, args, to }: OwnerStep, owner: Signer): Promise<void> {
  const call = registryAt(to, owner).getFunction(method);
  const transaction = (await call.send(...args)) as { wait(): Promise<unknown> };
  await transaction.wait();
}

/** For each member the point Q with 8·Q = its observer key, which `stage` asks for. */
export function keyWitnesses(members: readonly Member[]): Point[] {
  return members.map(({ observer }, member) => {
    const witness = eighth(observer);
    if (witness !== undefined) return witness;
    const data = { code: "invalid-observer-key", member } as const;
    throw new QuorateError<ConfigureError>(
      data,
      `the observer key of member ${member} is not in the prime subgroup: make another`,
    );
  });
}

export function registryAt(address: Hex, runner: ContractRunner): Contract {
  return new Contract(address, committeeRegistryAbi, runner);
}
