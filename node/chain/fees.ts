import type { JsonRpcProvider } from "ethers";

/** The `chain.fees` of a node's configuration. Wei per gas. */
export interface FeeOptions {
  /** Never pays more than this, whatever the chain asks. */
  readonly maxFeePerGas: bigint;
  /** Cap of the tip alone; without it the first cap holds. */
  readonly maxPriorityFeePerGas: bigint | undefined;
  /** Percent by which a stuck transaction's fees are raised: nodes of the chain replace below 10 % by none. */
  readonly bumpPercent: number;
  /** Milliseconds without a block after which a transaction counts as stuck. */
  readonly bumpAfterMs: number;
}

/** What a transaction offers. Wei per gas. */
export type Fees =
  | { readonly kind: "eip-1559"; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly kind: "legacy"; readonly gasPrice: bigint };

/** Go Ethereum's `--txpool.pricebump`; others ask for the same. */
const MIN_REPLACEMENT_PERCENT = 10;
/** Where a chain has no opinion on tips: 1 gwei. */
const DEFAULT_TIP = 1_000_000_000n;
/** Raises that a tip leaves room for below its cap: a replacement must raise the tip too, however far the whole fee is from its own. */
const TIP_RAISES = 3;
/** Base fees at most double in six full blocks: an offer of twice the base fee outlives them. */
const BASE_FEE_ROOM = 2n;

/**
 * What the chain asks now, within the caps: EIP-1559 where the newest block has a base fee. Of a cap of the tip alone it
 * leaves so much that the tip can be raised, and a stuck transaction replaced, three times.
 */
export async function quoteFees(provider: JsonRpcProvider, options: FeeOptions): Promise<Fees> {
  const [block, tip] = await Promise.all([provider.getBlock("latest"), tipOf(provider)]);
  const baseFee = block?.baseFeePerGas;
  if (baseFee != null) {
    const offered = least(tip, raisableTip(options));
    return capped1559(BASE_FEE_ROOM * baseFee + offered, offered, options);
  }
  const gasPrice = BigInt((await provider.send("eth_gasPrice", [])) as string);
  return { kind: "legacy", gasPrice: least(gasPrice, options.maxFeePerGas) };
}

async function tipOf(provider: JsonRpcProvider): Promise<bigint> {
  // Not every chain has this call; the default is what wallets use then.
  const tip: unknown = await provider.send("eth_maxPriorityFeePerGas", []).catch(() => undefined);
  return typeof tip === "string" ? BigInt(tip) : DEFAULT_TIP;
}

/**
 * Fees for a transaction that is to replace one with fees `last`: raised by the configured percentage, or to what the
 * chain asks now if that is more. Undefined where the caps leave no room for a replacement that nodes would take.
 */
export function raisedFees(last: Fees, quote: Fees, options: FeeOptions): Fees | undefined {
  const raise = (fee: bigint) => most((fee * BigInt(100 + options.bumpPercent) + 99n) / 100n, fee + 1n);
  const enough = (before: bigint, after: bigint) =>
    after > before && after * 100n >= before * BigInt(100 + MIN_REPLACEMENT_PERCENT);
  if (last.kind === "legacy" || quote.kind === "legacy") {
    const [before, asked] = [priceOf(last), priceOf(quote)];
    const gasPrice = least(most(raise(before), asked), options.maxFeePerGas);
    return enough(before, gasPrice) ? { kind: "legacy", gasPrice } : undefined;
  }
  const raised = capped1559(
    most(raise(last.maxFeePerGas), quote.maxFeePerGas),
    most(raise(last.maxPriorityFeePerGas), quote.maxPriorityFeePerGas),
    options,
  );
  const taken =
    enough(last.maxFeePerGas, raised.maxFeePerGas) && enough(last.maxPriorityFeePerGas, raised.maxPriorityFeePerGas);
  return taken ? raised : undefined;
}

/** The most from which the tip can be raised so often within its cap. */
function raisableTip({ maxFeePerGas, maxPriorityFeePerGas, bumpPercent }: FeeOptions): bigint {
  if (maxPriorityFeePerGas === undefined) return maxFeePerGas;
  let tip = maxPriorityFeePerGas;
  for (let raise = 0; raise < TIP_RAISES; raise++) tip = (tip * 100n) / BigInt(100 + bumpPercent);
  return tip;
}

function priceOf(fees: Fees): bigint {
  return fees.kind === "legacy" ? fees.gasPrice : fees.maxFeePerGas;
}

function capped1559(fee: bigint, tip: bigint, { maxFeePerGas, maxPriorityFeePerGas }: FeeOptions) {
  const cappedFee = least(fee, maxFeePerGas);
  return {
    kind: "eip-1559",
    maxFeePerGas: cappedFee,
    maxPriorityFeePerGas: least(least(tip, maxPriorityFeePerGas ?? maxFeePerGas), cappedFee),
  } as const;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
