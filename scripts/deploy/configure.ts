import { Contract, dataLength, type Signer } from "ethers";
import {
  configDigest,
  type ConfigurationDomain,
  encodeConfiguration,
  solidityConfiguration,
} from "../../core/codec/configuration.ts";
import { eighth } from "../../core/crypto/babyjubjub.ts";
import type { SchnorrSignature } from "../../core/crypto/schnorr.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Configuration, Member } from "../../core/types/committee.ts";
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

/** The registry's states, in the order of its enum. */
const STAGED = 1n;
const UNKNOWN = 0n;
/** What one code store holds. Keeping more and checking it may exceed what one transaction may cost: then it is kept first. */
const CODE_STORE_BYTES = 24_575;

/**
 * Stages and activates a configuration, doing only what is not done yet, and waits for both transactions.
 * @returns the configuration's digest.
 * @throws QuorateError<ConfigureError> for an observer key outside the prime subgroup; ethers' error when the registry refuses.
 */
export async function configureCommittee(configuration: Configuration, options: ConfigureOptions): Promise<Hex> {
  const digest = configDigest(configuration, options);
  const registry = new Contract(options.registry, committeeRegistryAbi, options.owner);
  const state = await stateOf(registry, digest);
  if (state === UNKNOWN) await stage(registry, configuration, options);
  if (state === UNKNOWN || state === STAGED) await send(registry, "activate", [digest]);
  return digest;
}

async function stage(registry: Contract, configuration: Configuration, { possessions = [] }: ConfigureOptions) {
  const encoded = encodeConfiguration(configuration);
  if (dataLength(encoded) > CODE_STORE_BYTES) await send(registry, "publish", [encoded]);
  const witnesses = keyWitnesses(configuration.members);
  await send(registry, "stage", [solidityConfiguration(configuration), witnesses, possessions]);
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

async function stateOf(registry: Contract, digest: Hex): Promise<bigint> {
  const statement = (await registry.getFunction("statement").staticCall(digest)) as { state: bigint };
  return statement.state;
}

async function send(registry: Contract, method: string, args: readonly unknown[]): Promise<void> {
  const transaction = (await registry.getFunction(method).send(...args)) as { wait(): Promise<unknown> };
  await transaction.wait();
}
