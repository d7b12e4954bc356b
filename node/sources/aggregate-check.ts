import type { ProvenAggregate } from "../../core/aggregate/document.ts";
import { aggregateContext, type AggregateTerms, type Announced, epochAt } from "../../core/aggregate/statement.ts";
import { toField } from "../../core/crypto/field.ts";
import type { SourceFailureCode } from "../../core/ports/source.ts";
import type { Groth16Key } from "../../core/proof/groth16.ts";

/** What a device's aggregates are held against. */
export interface ExpectedAggregate extends Announced<AggregateTerms> {
  readonly key: Groth16Key;
  /** Epochs after whose end an aggregate is stale. */
  readonly maxAgeEpochs: number;
}

export interface AggregateFault {
  readonly code: SourceFailureCode;
  readonly message: string;
}

/** Judges one device's aggregates, and remembers the last that counted. */
export interface AggregateCheck {
  /** Nothing if it counts. Blocks some 24 ms for a statement that was not proven before. @param seconds Unix time. */
  judge(aggregate: ProvenAggregate, seconds: number): AggregateFault | undefined;
}

/**
 * An aggregate counts if it is this device's, of an epoch that has begun and is not too old, not older than what counted
 * before, and proven. A second value of one epoch never counts: noise hides one sum only, so the device has broken down or
 * is being played with.
 */
export function createAggregateCheck(expected: ExpectedAggregate): AggregateCheck {
  let last: { readonly epoch: number; readonly value: bigint } | undefined;
  return {
    judge(aggregate, seconds) {
      const { epoch, value } = aggregate;
      const fault = statementFault(aggregate, expected) ?? ageFault(epoch, expected, seconds);
      if (fault !== undefined) return fault;
      if (last !== undefined && epoch < last.epoch) {
        return {
          code: "replayed",
          message: `epoch ${epoch} comes after ${last.epoch}: restart what serves the device's files`,
        };
      }
      if (last?.epoch === epoch && last.value === value) return undefined;
      if (!isProven(aggregate, expected)) {
        return {
          code: "proof-invalid",
          message: "the proof does not hold: look at the device, its seed and its circuit",
        };
      }
      if (last?.epoch === epoch) {
        return { code: "equivocation", message: `two proven values of epoch ${epoch}: take the device out of service` };
      }
      last = { epoch, value };
      return undefined;
    },
  };
}

function statementFault(
  aggregate: ProvenAggregate,
  { terms, commitment }: ExpectedAggregate,
): AggregateFault | undefined {
  const wanted = { circuit: terms.circuit, device: terms.device, feed: terms.feed, commitment };
  const other = (Object.keys(wanted) as (keyof typeof wanted)[]).find((field) => aggregate[field] !== wanted[field]);
  if (other === undefined) return undefined;
  return { code: "other-statement", message: `its ${other} is not the manifest's: correct the url or the terms` };
}

function ageFault(
  epoch: number,
  { terms, maxAgeEpochs }: ExpectedAggregate,
  seconds: number,
): AggregateFault | undefined {
  const current = epochAt(terms, seconds);
  if (epoch > current) return { code: "early", message: `epoch ${epoch} has not begun: set the device's clock` };
  if (current - epoch <= maxAgeEpochs) return undefined;
  return {
    code: "stale",
    message: `epoch ${epoch} is ${current - epoch} epochs old: look whether the device still works`,
  };
}

/** The public inputs are made here, so that a proof of anything else is none. */
function isProven({ epoch, value, proof }: ProvenAggregate, expected: ExpectedAggregate): boolean {
  const { commitment, key } = expected;
  return key.check(proof, [aggregateContext(expected, epoch), commitment, toField(value)]) === undefined;
}
