import { formatDecimal } from "../feeds/decimal.ts";
import type { ProvenAggregate } from "./document.ts";
import { type AggregateTerms, sumOf } from "./statement.ts";

/** What a reader takes from an aggregate: exact decimal text. */
export interface AggregateFigures {
  readonly device: string;
  readonly feed: string;
  readonly epoch: number;
  readonly sum: string;
  /** Rounded down at the 18th digit. */
  readonly mean: string;
}

const MEAN_DECIMALS = 18;

/** Sum and mean in the samples' own unit. The noise being in the sum, whatever is computed of it tells no more. */
export function aggregateFigures(
  { samples, terms }: { readonly samples: number; readonly terms: AggregateTerms },
  { device, feed, epoch, value }: Pick<ProvenAggregate, "device" | "feed" | "epoch" | "value">,
): AggregateFigures {
  const sum = sumOf({ samples }, terms, value);
  const mean = floorDivide(sum * 10n ** BigInt(MEAN_DECIMALS - terms.decimals), BigInt(samples));
  return { device, feed, epoch, sum: formatDecimal(sum, terms.decimals), mean: formatDecimal(mean, MEAN_DECIMALS) };
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
