import { createFieldReader, type DocumentFields, readDecimal } from "../codec/document-fields.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Groth16Proof } from "../ports/prover.ts";
import { COORDINATE_MODULUS, type G1Point, type G2Point, type PointFlaw, readG1, readG2 } from "./groth16-points.ts";
import type { VerificationKey } from "./verification-key.ts";

export interface VerificationKeyError {
  readonly code: "verification-key-invalid";
  readonly field: string;
}

export interface Groth16KeyPoints {
  readonly alpha: G1Point;
  readonly beta: G2Point;
  readonly gamma: G2Point;
  readonly delta: G2Point;
  /** One more than there are public signals. */
  readonly ic: readonly [G1Point, ...G1Point[]];
}

/** Far more than any circuit of ours has. */
const MAX_PUBLIC_SIGNALS = 64;

const reader = createFieldReader(invalid);

/**
 * Reads a key as snarkjs exports it. Everything that it says is bound by its digest, or is the only thing that it may say: another
 * last coordinate would make other points under the same digest.
 * @param json of any origin.
 * @throws QuorateError<VerificationKeyError> that names the field.
 */
export function readGroth16Key(json: unknown): { readonly key: VerificationKey; readonly points: Groth16KeyPoints } {
  const given = reader.object(json, "protocol");
  if (given.protocol !== "groth16") throw invalid("protocol", 'it must be "groth16"');
  if (given.curve !== "bn128") throw invalid("curve", 'it must be "bn128"');
  const [first, ...rest] = inputPoints(given);
  if (first === undefined) throw invalid("IC", "it must have a point more than there are public signals");
  const points = {
    alpha: point1(given.vk_alpha_1, "vk_alpha_1"),
    beta: point2(given, "vk_beta_2"),
    gamma: point2(given, "vk_gamma_2"),
    delta: point2(given, "vk_delta_2"),
    ic: [first, ...rest] as const,
  };
  return { key: given as unknown as VerificationKey, points };
}

function inputPoints({ nPublic, IC }: DocumentFields): G1Point[] {
  if (typeof nPublic !== "number" || !Number.isInteger(nPublic) || nPublic < 1 || nPublic > MAX_PUBLIC_SIGNALS)
    throw invalid("nPublic", `it must be 1 to ${MAX_PUBLIC_SIGNALS}`);
  if (!Array.isArray(IC) || IC.length !== nPublic + 1) throw invalid("IC", `it must have ${nPublic + 1} points`);
  return IC.map((point: unknown, i) => point1(point, `IC.${i}`));
}

function point1(value: unknown, field: string): G1Point {
  const [x, y] = affine(value, "1", field);
  return sound(readG1([coordinate(x, field), coordinate(y, field)]), field);
}

function point2(given: DocumentFields, field: string): G2Point {
  const [x, y] = affine(given[field], ["1", "0"], field).map((value) => pair(value, field));
  if (x === undefined || y === undefined) throw invalid(field, NO_POINT);
  return sound(readG2([x, y]), field);
}

const NO_POINT = "it must be a point: two coordinates, then 1";

/** The two coordinates of a projective point whose third one is `one`. */
function affine(value: unknown, one: unknown, field: string): unknown[] {
  if (!Array.isArray(value) || value.length !== 3 || JSON.stringify(value[2]) !== JSON.stringify(one))
    throw invalid(field, NO_POINT);
  return value.slice(0, 2);
}

/** A coordinate of the twist, real part first, turned round. */
function pair(value: unknown, field: string): Groth16Proof["a"] {
  if (!Array.isArray(value) || value.length !== 2) throw invalid(field, NO_POINT);
  return [coordinate(value[1], field), coordinate(value[0], field)];
}

function coordinate(value: unknown, field: string): bigint {
  const number = readDecimal(value);
  if (number !== undefined && number < COORDINATE_MODULUS) return number;
  throw invalid(field, "its coordinates must be decimal numbers as text, below the base field's order");
}

function sound<P extends G1Point | G2Point>(point: P | PointFlaw, field: string): P {
  if (typeof point === "string") throw invalid(field, `it is no point of the curve's group (${point})`);
  if (point.is0()) throw invalid(field, "infinity is no part of a key");
  return point;
}

function invalid(field: string, why: string, options?: ErrorOptions): QuorateError<VerificationKeyError> {
  const message = `this is no Groth16 verification key over BN254 as snarkjs exports it (${field}: ${why}): take it from the circuit's build`;
  return new QuorateError({ code: "verification-key-invalid", field }, message, options);
}
