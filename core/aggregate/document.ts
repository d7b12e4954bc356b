import { abiWords } from "../codec/abi-words.ts";
import { createFieldReader, type DocumentFields } from "../codec/document-fields.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Groth16Proof } from "../ports/prover.ts";
import type { Hex } from "../types/hex.ts";

export interface AggregateDocumentError {
  readonly code: "aggregate-document-invalid";
  readonly field: string;
}

export const AGGREGATE_FORMAT = "quorate.local-aggregate.v1";

/** What a device publishes for an epoch. */
export interface ProvenAggregate {
  readonly circuit: string;
  readonly device: string;
  readonly feed: string;
  readonly epoch: number;
  /** To the seed. */
  readonly commitment: bigint;
  /** As `Aggregate` has it. */
  readonly value: bigint;
  readonly proof: Groth16Proof;
}

/** The same as plain JSON, some 900 bytes. */
export interface AggregateDocument {
  readonly format: typeof AGGREGATE_FORMAT;
  readonly circuit: string;
  readonly device: string;
  readonly feed: string;
  readonly epoch: number;
  /** 32 bytes. */
  readonly commitment: Hex;
  /** A whole number, as text. */
  readonly value: string;
  /** Eight words of 32 bytes: a, b, c in the order of the Solidity verifier. */
  readonly proof: Hex;
}

const NAME = /^[\x21-\x7e]{1,64}$/;
const WHOLE = /^(?:0|-?[1-9]\d{0,39})$/;
const WORD_BYTES = 32;
/** a, b, c. */
const PROOF_WORDS = 8;
const reader = createFieldReader(invalid);

export function aggregateDocument(proven: ProvenAggregate): AggregateDocument {
  const { circuit, device, feed, epoch, commitment, value, proof } = proven;
  const words = [...proof.a, ...proof.b.flat(), ...proof.c];
  return {
    ...{ format: AGGREGATE_FORMAT, circuit, device, feed, epoch },
    ...{ commitment: abiWords([commitment]), value: value.toString(), proof: abiWords(words) },
  };
}

/**
 * Reads what `aggregateDocument` made. That the proof holds, and that the rest is what somebody waits for, is for others to
 * check; fields that the format does not know are not looked at.
 * @param json the parsed document, of any origin.
 * @throws QuorateError<AggregateDocumentError> that names the field.
 */
export function readAggregateDocument(json: unknown): ProvenAggregate {
  const given = reader.object(json, "format");
  if (given.format !== AGGREGATE_FORMAT) throw invalid("format", `it must be "${AGGREGATE_FORMAT}"`);
  const name = (field: string) => textOf(given, field, NAME);
  return {
    ...{ circuit: name("circuit"), device: name("device"), feed: name("feed"), epoch: epochOf(given) },
    commitment: BigInt(reader.hex(given, "commitment", WORD_BYTES)),
    value: BigInt(textOf(given, "value", WHOLE)),
    proof: proofOf(reader.hex(given, "proof", PROOF_WORDS * WORD_BYTES)),
  };
}

function proofOf(bytes: Hex): Groth16Proof {
  const word = (i: number) => BigInt(`0x${bytes.slice(2 + 64 * i, 66 + 64 * i)}`);
  return {
    a: [word(0), word(1)],
    b: [
      [word(2), word(3)],
      [word(4), word(5)],
    ],
    c: [word(6), word(7)],
  };
}

function epochOf({ epoch }: DocumentFields): number {
  if (typeof epoch === "number" && Number.isSafeInteger(epoch) && epoch >= 0) return epoch;
  throw invalid("epoch", "it must be a whole number");
}

function textOf(given: DocumentFields, field: string, pattern: RegExp): string {
  const text = given[field];
  if (typeof text === "string" && pattern.test(text)) return text;
  throw invalid(field, `it must be text that matches ${pattern.source}`);
}

function invalid(field: string, why: string, options?: ErrorOptions): QuorateError<AggregateDocumentError> {
  const message = `this is no aggregate that quorate aggregate prove wrote (${field}: ${why}): look at what the device serves`;
  return new QuorateError({ code: "aggregate-document-invalid", field }, message, options);
}
