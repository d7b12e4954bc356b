import { z } from "zod";

export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "expected an address, 0x and 40 hexadecimal digits")
  .transform((value) => value.toLowerCase() as `0x${string}`);
export const url = z.url({ protocol: /^https?$/, error: "expected an http:// or https:// URL" });

const GWEI_DECIMALS = 9;
const ETHER_DECIMALS = 18;
/** Chains that exist for development alone: Hardhat's, and Ganache's of old. Their blocks stay where they are. */
export const DEVELOPMENT_CHAINS: ReadonlySet<number> = new Set([31337, 1337]);
/** Deeper than any reorganisation of the large chains in years, and over well inside the five minutes in which a report is news. */
const DEFAULT_CONFIRMATIONS = 12;

/** A decimal number of `unit`, given as number or text, as a whole number of wei. */
function amount(unit: string, decimals: number) {
  const pattern = new RegExp(`^\\d{1,18}(\\.\\d{1,${decimals}})?$`);
  return z
    .union([z.number(), z.string()])
    .transform(String) // A number below 0.000001 prints with an exponent: as text it is exact.
    .refine((text) => pattern.test(text), `expected an amount in ${unit}, such as 1.5; write tiny ones in quotes`)
    .transform((text) => {
      const [whole = "0", fraction = ""] = text.split(".");
      return BigInt(whole) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, "0"));
    });
}

const gwei = amount("gwei", GWEI_DECIMALS);

const fees = z
  .strictObject({
    /** Nothing is ever paid above it, whatever the chain asks. */
    maxFeePerGasGwei: gwei.prefault(200),
    maxPriorityFeePerGasGwei: gwei.optional(),
    /** Nodes of most chains replace a transaction for no less than 10 % more. */
    bumpPercent: z.int().min(10).max(100).default(12),
    bumpAfterMs: z.int().min(1_000).max(600_000).default(30_000),
  })
  .transform(({ maxFeePerGasGwei, maxPriorityFeePerGasGwei, ...bump }) => ({
    ...{ maxFeePerGas: maxFeePerGasGwei, maxPriorityFeePerGas: maxPriorityFeePerGasGwei },
    ...bump,
  }))
  .refine(({ maxFeePerGas }) => maxFeePerGas > 0n, { path: ["maxFeePerGasGwei"], error: "must be above 0" });

const finality = z.union(
  [z.strictObject({ confirmations: z.int().min(0).max(256) }), z.strictObject({ tag: z.enum(["finalized", "safe"]) })],
  { error: "expected { confirmations: 0…256 } or { tag: finalized } or { tag: safe }" },
);

/** How a node reaches its chain and pays there. Amounts come out in wei. */
export const chainSchema = z
  .strictObject({
    rpc: z
      .union([url.transform((one) => [one]), z.array(url).min(1).max(8)], {
        error: "expected an http:// or https:// URL, or a list of one to eight",
      })
      .refine((all) => new Set(all).size === all.length, "lists one endpoint twice"),
    chainId: z.int().positive(),
    registry: address,
    pollMs: z.int().min(50).max(60_000).default(1_000),
    finality: finality.optional(),
    fees: fees.prefault({}),
    /** Ether below which the operator is warned. */
    minBalance: amount("ether", ETHER_DECIMALS).prefault(0.05),
  })
  .transform((chain) => ({ ...chain, finality: chain.finality ?? defaultFinality(chain.chainId) }));

function defaultFinality(chainId: number): z.output<typeof finality> {
  return { confirmations: isDevelopmentChain(chainId) ? 0 : DEFAULT_CONFIRMATIONS };
}

export function isDevelopmentChain(chainId: number): boolean {
  return DEVELOPMENT_CHAINS.has(chainId);
}
