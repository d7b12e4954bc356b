import type { Provider, Signer } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CommitteeState, Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type AddressBook, addressesOf, domainOf } from "./address-book.ts";
import { requireChain, requireCode, revertOf } from "./chain-checks.ts";
import { type CommitteePlan, type OwnerStep, planCommittee, registryAt, sendStep } from "./configure.ts";
import { activeConfiguration, checkDeployed, configurationAt, type Deployed } from "./deployed-state.ts";
import type { Description } from "./description.ts";
import { type Difference, differencesOf, formatDifference } from "./differences.ts";
import type { DeployError } from "./errors.ts";

export interface ConfigureDescribedOptions {
  readonly provider: Provider;
  readonly description: Description;
  readonly book: AddressBook;
  /** Whether to leave the configuration staged. */
  readonly stageOnly: boolean;
  /** The accounts that may sign. Without one of them being the owner's, nothing is sent. */
  readonly signers: readonly Signer[];
  /** Whether to send nothing, so that the owner's own wallet can. */
  readonly print: boolean;
}

export interface ConfigureOutcome {
  readonly digest: Hex;
  readonly owner: Hex;
  /** Where the configuration stood before. */
  readonly before: CommitteeState | undefined;
  /** What it changes against the one in force; undefined where none was. */
  readonly changes: readonly Difference[] | undefined;
  /** What the owner had to do, in order; sent unless it was to be printed. */
  readonly steps: readonly OwnerStep[];
  readonly book: AddressBook;
}

/** Fields of what is checked that activating a configuration changes, and those that the steps before change besides. */
const OF_ACTIVE_CONFIGURATION = /^(configuration|committee)\b/;
const OF_CONFIGURATIONS = /^(configuration|committee|staged|registry\.verifier)\b/;

/**
 * Puts the described committee in force, doing only what is not done yet. What is deployed is compared with the description
 * before, and the configuration too after.
 * @throws QuorateError<DeployError> before anything is sent, or `deployment-differs` after.
 */
export async function configureDescribed(options: ConfigureDescribedOptions): Promise<ConfigureOutcome> {
  const { provider, description, book, stageOnly, print } = options;
  const deployed = { provider, book };
  await requireChain(provider, description.chainId);
  await requireChain(provider, book.chainId, "the addresses file");
  await requireCode(provider, addressesOf(book));
  const { configuration } = description;
  await requireAsDescribed(description, deployed, OF_CONFIGURATIONS);
  const verifier = (description.verifier && book.contracts.verifier?.address) ?? null;
  const plan = await planCommittee(configuration, { ...domainOf(book), runner: provider, verifier });
  await requireUsable(plan, configuration, deployed);
  const inForce = plan.state === "active" ? undefined : await activeConfiguration(deployed);
  const owner = await ownerOf(deployed);
  const steps = plan.steps.filter(({ method }) => !stageOnly || method !== "activate");
  const outcome = {
    ...{ digest: plan.digest, owner, before: plan.state, steps, book },
    changes: inForce && differencesOf(configuration, inForce.configuration),
  };
  await rehearse(steps, owner, provider);
  if (print) return outcome;
  if (steps.length > 0) {
    const signer = await signerOf(owner, options.signers);
    for (const step of steps) await sendStep(step, signer);
  }
  if (stageOnly && plan.state !== "active") {
    await configurationAt(plan.digest, deployed);
    await requireAsDescribed(description, deployed, OF_ACTIVE_CONFIGURATION);
    return outcome;
  }
  await requireAsDescribed(description, deployed);
  return { ...outcome, book: { ...book, configuration: { index: configuration.index, digest: plan.digest } } };
}

/** A configuration that is in force, or that the registry would take next. */
async function requireUsable(
  { digest, state }: CommitteePlan,
  { index }: Configuration,
  { provider, book }: Deployed,
): Promise<void> {
  if (state === "active") return;
  const registry = registryAt(book.contracts.registry.address, provider);
  const expected = Number(await registry.getFunction("latestIndex").staticCall()) + 1;
  if (state === "retired" || state === "revoked") {
    const message = `the described configuration was in force and is ${state} for good: set committee.index to ${expected} to have it again`;
    throw new QuorateError<DeployError>({ code: "configuration-ended", digest, state }, message);
  }
  if (index === expected) return;
  const message = `the registry takes a configuration with index ${expected} next, not ${index}: correct committee.index`;
  throw new QuorateError<DeployError>({ code: "configuration-index", given: index, expected }, message);
}

async function ownerOf({ provider, book }: Deployed): Promise<Hex> {
  const owner: unknown = await registryAt(book.contracts.registry.address, provider).getFunction("owner").staticCall();
  return String(owner).toLowerCase() as Hex;
}

async function signerOf(owner: Hex, signers: readonly Signer[]): Promise<Signer> {
  for (const signer of signers) if ((await signer.getAddress()).toLowerCase() === owner) return signer;
  const message = `the registry's owner is ${owner}, none of the network's accounts: run again with --print and let the owner send what it prints`;
  throw new QuorateError<DeployError>({ code: "not-owner", owner }, message);
}

/** Asks the chain what would become of the calls, so that nothing is sent, or printed, that the registry refuses. */
async function rehearse(steps: readonly OwnerStep[], owner: Hex, provider: Provider): Promise<void> {
  const methods = steps.map(({ method }) => method);
  // What is not staged yet cannot be activated.
  for (const { to, data, method } of steps.filter((step) => step.method !== "activate" || !methods.includes("stage"))) {
    try {
      await provider.call({ from: owner, to, data });
    } catch (cause) {
      const revert = revertOf(cause, registryAt(to, provider).interface);
      if (revert === undefined) throw cause;
      // Of the verifier that is replaced before: the description's takes so many members.
      if (revert.name === "CommitteeExceedsVerifier" && methods.includes("setVerifier")) continue;
      const error = `${revert.name}(${revert.args.map(String).join(", ")})`;
      const message = `the registry would refuse to ${method} it: ${error}. ICommitteeRegistry.sol says what that means`;
      throw new QuorateError<DeployError>({ code: "registry-refused", error }, message, { cause });
    }
  }
}

/** @param besides the fields that may still differ. */
async function requireAsDescribed(description: Description, deployed: Deployed, besides?: RegExp): Promise<void> {
  const differences = await checkDeployed(description, deployed);
  const wrong = differences.filter(({ field }) => besides?.test(field) !== true);
  if (wrong.length > 0) throw deploymentDiffers(wrong);
}

export function deploymentDiffers(differences: readonly Difference[]): QuorateError<DeployError> {
  const listed = differences.map(formatDifference).join("; ");
  const data = { code: "deployment-differs", differences } as const;
  return new QuorateError(data, `the chain differs from the description: ${listed}`);
}
