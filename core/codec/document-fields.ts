import { isHexString } from "ethers";
import type { Hex } from "../types/hex.ts";

/** A JSON object of any origin. */
export type DocumentFields = Readonly<Record<string, unknown>>;

/** Makes the error of a field that is not what its format says. @param why what the field must be, for a person. */
export type RefuseField = (field: string, why: string, options?: ErrorOptions) => Error;

/** Reads the fields of one document format strictly: numbers beyond 2⁵³ are decimal text, bytes lower-case hexadecimal text. */
export interface FieldReader {
  /** @throws what `refuse` makes unless the value is a JSON object. */
  object(value: unknown, field: string): DocumentFields;
  decimal(given: DocumentFields, field: string): bigint;
  /** @param bytes any number if it is left out. */
  hex(given: DocumentFields, field: string, bytes?: number): Hex;
  /** What `decode` makes of a field, or a refusal with decode's error as the cause. */
  decoded<T>(field: string, decode: () => T): T;
}

const WHY_DIFFERENT = "it says something else than the rest of the document";

export function createFieldReader(refuse: RefuseField): FieldReader {
  return {
    object(value, field) {
      if (typeof value !== "object" || value === null || Array.isArray(value))
        throw refuse(field, "it is no JSON object");
      return value as DocumentFields;
    },
    decimal(given, field) {
      const number = readDecimal(given[field]);
      if (number === undefined) throw refuse(field, "it must be a decimal number as text");
      return number;
    },
    hex(given, field, bytes) {
      const text = given[field];
      if (typeof text === "string" && isHexString(text, bytes ?? true) && text === text.toLowerCase()) return text;
      throw refuse(field, `it must be ${bytes ?? "whole"} bytes as lower-case hexadecimal digits after 0x`);
    },
    decoded(field, decode) {
      try {
        return decode();
      } catch (cause) {
        throw refuse(field, "its content cannot be decoded", { cause });
      }
    },
  };
}

/** The number that a text is the one decimal writing of (no sign, no leading zeros, up to 78 digits); undefined for anything else. */
export function readDecimal(text: unknown): bigint | undefined {
  return typeof text === "string" && /^(0|[1-9]\d{0,77})$/.test(text) ? BigInt(text) : undefined;
}

/**
 * Refuses a document of which a field says something else than what follows from the others, so that nobody is shown one
 * thing and verifies another. Fields that the format does not know are not looked at.
 */
export function requireEqualFields(expected: object, given: DocumentFields, refuse: RefuseField): void {
  for (const [field, value] of Object.entries(expected)) {
    if (!isEqual(value, given[field])) throw refuse(field, WHY_DIFFERENT);
  }
}

/** Whether a JSON value is the expected one, whatever the order of its keys. It looks no deeper than that one is. */
function isEqual(expected: unknown, given: unknown): boolean {
  if (typeof expected !== "object" || expected === null) return expected === given;
  if (typeof given !== "object" || given === null || Array.isArray(expected) !== Array.isArray(given)) return false;
  const fields = Object.entries(expected);
  return (
    fields.length === Object.keys(given).length &&
    fields.every(([key, value]) => isEqual(value, (given as Record<string, unknown>)[key]))
  );
}
