import { type ErrorDescription, type Interface, isHexString, type Provider } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { DeployError } from "./errors.ts";

/**
 * @param source what names the chain, for the message.
 * @throws QuorateError<DeployError> `wrong-chain`.
 */
export async function requireChain(provider: Provider, described: number, source = "the description"): Promise<void> {
  const connected = Number((await provider.getNetwork()).chainId);
  if (connected === described) return;
  const message = `${source} is for chain ${described}, and the network is chain ${connected}: choose another (--network)`;
  throw new QuorateError<DeployError>({ code: "wrong-chain", described, connected }, message);
}

/** @throws QuorateError<DeployError> `contract-without-code`. */
export async function requireCode(provider: Provider, addresses: readonly Hex[]): Promise<void> {
  const codes = await Promise.all(addresses.map((address) => provider.getCode(address)));
  const address = addresses[codes.indexOf("0x")];
  if (address === undefined) return;
  const message =
    `there is no contract at ${address}: the network is not the one that was deployed to ` +
    "(a development chain that was started anew has forgotten it), or its endpoint is behind";
  throw new QuorateError<DeployError>({ code: "contract-without-code", address }, message);
}

/** How many errors an endpoint's refusal may be wrapped in: by Hardhat's provider, by ethers. */
const MAX_WRAPPINGS = 5;

/** The contract's own error in a failed call, wherever the provider has put it; undefined for any other failure. */
export function revertOf(failure: unknown, contract: Interface): ErrorDescription | undefined {
  let error: unknown = failure;
  for (let depth = 0; depth < MAX_WRAPPINGS && typeof error === "object" && error !== null; depth++) {
    const { data, cause } = error as { data?: unknown; cause?: unknown };
    const inner = typeof data === "object" && data !== null ? (data as { data?: unknown }).data : data;
    if (isHexString(inner)) return contract.parseError(inner) ?? undefined;
    error = cause;
  }
  return undefined;
}
