import { abiWords } from "../../core/codec/abi-words.ts";
import { keccak256 } from "../../core/crypto/keccak.ts";
import type { Hex } from "../../core/types/hex.ts";

/** A coordinate of the key in a Solidity verifier that snarkjs generated. */
const COORDINATE = /(\buint256\s+constant\s+((?:alpha|beta|gamma|delta|IC\d+)[xy][12]?)\s*=\s*)(\d{1,78})(?=\s*;)/g;
const HEAD = /\bcontract \w+ \{\n/;

/** The imaginary part of a G2 coordinate is the one with 1. */
const twoDimensional = (point: string) => ["x1", "x2", "y1", "y2"].map((part) => point + part);
/** α₁ and β₂, which come from the powers of tau: no contribution of phase 2 changes them. */
const FIRST_PHASE = ["alphax", "alphay", ...twoDimensional("beta")];
const SECOND_PHASE = [...twoDimensional("gamma"), ...twoDimensional("delta")];

/**
 * Names the key that a generated verifier's code holds, as `core/proof/verification-key.ts` does. Whether the code uses it
 * as it should, `generatedSource` tells.
 * @param source Solidity. @returns undefined for one without such a key.
 */
export function keyDigestOf(source: string): Hex | undefined {
  const coordinates = new Map(readCoordinates(source));
  const inputs: string[] = [];
  for (let i = 0; coordinates.has(`IC${i}x`); i++) inputs.push(`IC${i}x`, `IC${i}y`);
  return inputs.length === 0 ? undefined : digestOf(coordinates, [...FIRST_PHASE, ...SECOND_PHASE, ...inputs]);
}

/** Whether two verifiers have the secrets of phase 1 in common, whatever their circuits and later contributions. */
export function haveCommonOrigin(first: string, second: string): boolean {
  const [one, other] = [first, second].map((source) => digestOf(new Map(readCoordinates(source)), FIRST_PHASE));
  return one !== undefined && one === other;
}

function digestOf(coordinates: ReadonlyMap<string, bigint>, names: readonly string[]): Hex | undefined {
  const words = names.map((name) => coordinates.get(name));
  return words.includes(undefined) ? undefined : keccak256(abiWords(words as bigint[]));
}

/** What a verifier of a ceremony says of itself. */
export interface CeremonyConstants {
  readonly contract: string;
  readonly verificationKeyDigest: Hex;
  /** sha256 of the ceremony's transcript. */
  readonly transcript: Hex;
}

/** Lets a generated contract name its key and the ceremony: the coordinates say the same, but nobody reads them. */
export function withConstants(source: string, constants: CeremonyConstants): string {
  const { contract, verificationKeyDigest, transcript } = constants;
  const head = `contract ${contract} {\n`;
  if (!source.includes(head)) throw new TypeError("snarkjs' verifier template begins its contract differently");
  return source.replace(
    head,
    `${head}    /// @notice Of the key below: see core/proof/verification-key.ts.
    bytes32 public constant verificationKeyDigest = ${verificationKeyDigest};
    /// @notice sha256 of the transcript of the ceremony that made the key.
    bytes32 public constant ceremonyTranscript = ${transcript};

`,
  );
}

/**
 * The verifier that a ceremony exports for the key in `source`, made from another generated one: they differ in names and keys
 * alone. A source that is equal to it has no other code.
 * @param reference a development verifier for as many public signals.
 */
export function generatedSource(source: string, reference: string, constants: CeremonyConstants): string {
  const coordinates = readCoordinates(source).values();
  const withKey = reference.replace(COORDINATE, (_, declared: string) => {
    const [, value = 0n] = coordinates.next().value ?? [];
    return `${declared}${value}`;
  });
  return withConstants(withKey.replace(HEAD, `contract ${constants.contract} {\n`), constants);
}

function readCoordinates(source: string): [name: string, value: bigint][] {
  return [...source.matchAll(COORDINATE)].map(([, , name = "", value = ""]) => [name, BigInt(value)]);
}
