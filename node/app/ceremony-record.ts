import { z } from "zod";

const hex32 = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]);

/** Beside the exported files of a ceremony: what they are, and their digests. `npm run ceremony -- export` writes it. */
export const CEREMONY_RECORD = "record.json";

export const ceremonyRecordSchema = z.strictObject({
  format: z.literal("quorate.ceremony-record/1"),
  /** A name in `circuits/instances.json`. */
  circuit: z.string().min(1),
  /** What the deployed verifier names, and nodes look for: see `core/proof/verification-key.ts`. */
  verificationKeyDigest: hex32,
  sha256: z.strictObject({ r1cs: hex32, wasm: hex32, zkey: hex32, verificationKey: hex32 }),
  /** The Solidity verifier; null for a circuit whose proofs no contract verifies. */
  verifier: z
    .strictObject({
      contract: z.string().regex(/^[A-Za-z_]\w*$/),
      shape: z.strictObject({ nMax: z.int(), k: z.int(), lanes: z.int() }),
      sha256: hex32,
    })
    .nullable(),
  /** sha256 of the ceremony's transcript. */
  transcript: hex32,
});

export type CeremonyRecord = Readonly<z.output<typeof ceremonyRecordSchema>>;
