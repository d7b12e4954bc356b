import { QuorateError } from "../errors/quorate-error.ts";

/** p: order of BN254's scalar field, which is BabyJubJub's base field and the field of every circuit. 254 bits. */
export const FIELD_MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Largest absolute value whose signed reading is unambiguous: (p − 1) / 2. */
const MAX_SIGNED = (FIELD_MODULUS - 1n) / 2n;

export type FieldErrorData =
  | { readonly code: "field-element-out-of-range"; readonly value: bigint }
  | { readonly code: "signed-value-out-of-range"; readonly value: bigint };

/** Whether `value` is the canonical representation of a field element: 0 ≤ value < p. */
export function isFieldElement(value: bigint): boolean {
  return value >= 0n && value < FIELD_MODULUS;
}

/** Throws `field-element-out-of-range` unless 0 ≤ value < p. */
export function assertFieldElement(value: bigint): void {
  if (isFieldElement(value)) return;
  throw new QuorateError<FieldErrorData>(
    { code: "field-element-out-of-range", value },
    `${value} is not a field element: pass 0 ≤ value < p (use toField for signed numbers)`,
  );
}

/**
 * The field element that stands for a signed integer: m ≥ 0 is itself, m < 0 is p − |m|.
 * @param value |value| ≤ (p − 1) / 2, so that `fromField` inverts it; anything larger throws `signed-value-out-of-range`.
 */
export function toField(value: bigint): bigint {
  if (value > MAX_SIGNED || value < -MAX_SIGNED) {
    throw new QuorateError<FieldErrorData>(
      { code: "signed-value-out-of-range", value },
      `${value} has no unambiguous place in the field: pass |value| ≤ (p − 1) / 2`,
    );
  }
  return value < 0n ? FIELD_MODULUS + value : value;
}

/** The signed integer of least absolute value that an element stands for: the inverse of `toField`. */
export function fromField(element: bigint): bigint {
  assertFieldElement(element);
  return element > MAX_SIGNED ? element - FIELD_MODULUS : element;
}
