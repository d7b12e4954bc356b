import { Contract, type ContractRunner, dataLength, type Signer, ZeroAddress } from "ethers";
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

export type ConfigureError =
  | { readonly code: "invalid-observer-key"; readonly member: number }
  | {
      readonly code: "committee-verifier-differs";
      readonly digest: Hex;
      /** Undefined for none. */
      readonly found: Hex | undefined;
      readonly expected: Hex | undefined;
    };

export interface ConfigureOptions extends ConfigurationDomain {
  /** The registry's owner. */
  readonly owner: Signer;
  /** For each Schnorr key its signature over `possessionDigest`; none unless given. */
  readonly possessions?: readonly SchnorrSignature[];
  /** Is to prove the committee's reports, null for none; what the registry has for the committee's shape unless given. */
  readonly verifier?: Hex | null;
}

/** A call of the registry that its owner has to make. */
export interface OwnerStep {
  readonly method: "setVerifier" | "clearVerifier" | "publish" | "stage" | "activate";
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

/** How a configuration stands with the registry, and what its reports are proven against since it was staged. */
export interface CommitteeStanding {
  /** Undefined for one that the registry does not know. */
  readonly state: CommitteeState | undefined;
  /** Undefined where reports are signed only. */
  readonly verifier: Hex | undefined;
  readonly setRoot: bigint | undefined;
}

/** The registry's states, in the order of its enum. */
const STATES: readonly (CommitteeState | undefined)[] = [undefined, "staged", "active", "retired", "revoked"];
/** What one code store holds. Keeping more and checking it may exceed what one transaction may cost: then it is kept first. */
const CODE_STORE_BYTES = 24_575;
/** As the registry has it: committees with more lanes have no verifier. */
const MAX_PROVABLE_LANES = 32;

/**
 * Stages and activates a configuration, doing only what is not done yet, and waits for both transactions.
 * @returns the configuration's digest.
 * @throws QuorateError<ConfigureError> as `planCommittee`; ethers' error when the registry refuses.
 */
export async function configureCommittee(configuration: Configuration, options: ConfigureOptions): Promise<Hex> {
  const { owner, ...domain } = options;
  const { digest, steps } = await planCommittee(configuration, { ...domain, runner: owner });
  for (const step of steps) await sendStep(step, owner);
  return digest;
}

/**
 * What is left to do so that a configuration is in force, with its verifier.
 * @throws QuorateError<ConfigureError> `invalid-observer-key` for one outside the prime subgroup, and `committee-verifier-differs`
 * where it was staged while the registry had another verifier of its shape: it keeps that for good.
 */
export async function planCommittee(
  configuration: Configuration,
  options: Omit<ConfigureOptions, "owner"> & { readonly runner: ContractRunner },
): Promise<CommitteePlan> {
  const { runner, possessions = [], verifier, ...domain } = options;
  const digest = configDigest(configuration, domain);
  const registry = registryAt(domain.registry, runner);
  const standing = await standingOf(digest, registry);
  const registered = await verifierFor(configuration, registry);
  const expected = verifier === undefined ? registered : (verifier ?? undefined);
  const { state } = standing;
  if ((state === "staged" || state === "active") && standing.verifier !== expected)
    throw verifierDiffers(configuration, { ...standing, digest, expected });
  const step = (method: OwnerStep["method"], args: readonly unknown[]): OwnerStep => ({
    ...{ method, args, to: domain.registry },
    data: registry.interface.encodeFunctionData(method, args) as Hex,
  });
  const steps: OwnerStep[] = [];
  if (expected === undefined && registered !== undefined)
    steps.push(step("clearVerifier", [2 * configuration.f + 1, configuration.lanes]));
  if (expected !== undefined && registered !== expected) steps.push(step("setVerifier", [expected]));
  if (state === undefined) {
    const encoded = encodeConfiguration(configuration);
    if (dataLength(encoded) > CODE_STORE_BYTES) steps.push(step("publish", [encoded]));
    const witnesses = keyWitnesses(configuration.members);
    steps.push(step("stage", [solidityConfiguration(configuration), witnesses, possessions]));
  }
  if (state === undefined || state === "staged") steps.push(step("activate", [digest]));
  return { digest, state, steps };
}

export async function standingOf(digest: Hex, registry: Contract): Promise<CommitteeStanding> {
  const { state, verifier, setRoot } = (await registry.getFunction("statement").staticCall(digest)) as {
    state: bigint;
    verifier: string;
    setRoot: bigint;
  };
  const address = verifierAt(verifier);
  return { state: STATES[Number(state)], verifier: address, setRoot: address && setRoot };
}

/** The verifier that a committee of this shape would be staged with; undefined for none. */
export async function verifierFor(
  { f, lanes }: Pick<Configuration, "f" | "lanes">,
  registry: Contract,
): Promise<Hex | undefined> {
  if (lanes > MAX_PROVABLE_LANES) return undefined;
  return verifierAt((await registry.getFunction("verifierFor").staticCall(2 * f + 1, lanes)) as string);
}

function verifierAt(address: string): Hex | undefined {
  return address === ZeroAddress ? undefined : (address.toLowerCase() as Hex);
}

function verifierDiffers(
  { index }: Configuration,
  { digest, state, verifier, expected }: CommitteeStanding & { digest: Hex; expected: Hex | undefined },
): QuorateError<ConfigureError> {
  const said = (address: Hex | undefined) =>
    address === undefined ? "without a verifier" : `with verifier ${address}`;
  const [where, mend] =
    state === "staged"
      ? ["staged", "change another of its fields, such as a timer by a millisecond; its index stays"]
      : ["in force", `set its index (committee.index) to ${index + 1}`];
  const message = `the configuration is ${where} ${said(verifier)}, for good. To have it ${said(expected)} ${mend}`;
  return new QuorateError({ code: "committee-verifier-differs", digest, found: verifier, expected }, message);
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
