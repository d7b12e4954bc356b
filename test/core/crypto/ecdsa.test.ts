import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { computeAddress, getBytes, hashMessage, hexlify, keccak256, recoverAddress, Signature, toBeHex } from "ethers";
import fc from "fast-check";
import { signCompact, verifyCompact } from "../../../core/crypto/ecdsa.ts";
import type { Hex } from "../../../core/types/hex.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY_BIT = 1n << 255n;
const ZERO_WORD = "00".repeat(32);

interface Signer {
  readonly key: Uint8Array;
  readonly address: Hex;
}

function signerOf(key: Uint8Array): Signer {
  return { key, address: computeAddress(hexlify(key)) as Hex };
}

function digestOf(text: string): Hex {
  return keccak256(Buffer.from(text)) as Hex;
}

/** r and vs of a compact signature. */
function parts(signature: Hex): { r: bigint; vs: bigint } {
  return { r: BigInt(signature.slice(0, 66)), vs: BigInt(`0x${signature.slice(66)}`) };
}

function compact({ r, vs }: { r: bigint; vs: bigint }): Hex {
  return `0x${toBeHex(r, 32).slice(2)}${toBeHex(vs, 32).slice(2)}`;
}

/** What the EVM's ecrecover would find. */
function recovered(digest: Hex, signature: Hex): string | undefined {
  try {
    return recoverAddress(digest, Signature.from(signature));
  } catch {
    return undefined;
  }
}

const signer = signerOf(new Uint8Array(32).fill(5));
const other = signerOf(new Uint8Array(32).fill(6));
const DIGEST = digestOf("a report");
const SIGNATURE = signCompact(signer.key, DIGEST);

describe("signCompact", () => {
  it("makes the signatures of EIP-2098", () => {
    const key = Buffer.from("1234567890123456789012345678901234567890123456789012345678901234", "hex");
    assert.equal(
      signCompact(key, hashMessage("Hello World") as Hex),
      "0x68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b907e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064",
    );
    assert.equal(
      signCompact(key, hashMessage("It's a small(er) world") as Hex),
      "0x9328da16089fcba9bececa81663203989f2df5fe1faa6291a45381c81bd17f76939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793",
    );
  });
});

describe("verifyCompact", () => {
  it("accepts a signature when its key is not yet known, and when it is", () => {
    const fresh = signerOf(new Uint8Array(32).fill(77));
    for (const text of ["first", "second", "third"]) {
      const digest = digestOf(text);
      assert.ok(verifyCompact(fresh.address, digest, signCompact(fresh.key, digest)));
    }
    assert.ok(verifyCompact(fresh.address.toLowerCase() as Hex, DIGEST, signCompact(fresh.key, DIGEST)));
  });

  it("says the same as ecrecover for a known key, whatever the signature", () => {
    assert.ok(verifyCompact(signer.address, DIGEST, SIGNATURE));
    const keys = fc.constantFrom(signer, other);
    const changes = fc.record({
      flipParity: fc.boolean(),
      addToR: fc.constantFrom(0n, 0n, 1n),
      addToS: fc.constantFrom(0n, 0n, 1n),
    });
    fc.assert(
      fc.property(keys, fc.uint8Array({ minLength: 32, maxLength: 32 }), changes, (by, bytes, change) => {
        const digest = hexlify(bytes) as Hex;
        const { r, vs } = parts(signCompact(by.key, digest));
        const flipped = change.flipParity ? vs ^ PARITY_BIT : vs;
        const signature = compact({ r: r + change.addToR, vs: flipped + change.addToS });
        return verifyCompact(signer.address, digest, signature) === (recovered(digest, signature) === signer.address);
      }),
      { numRuns: 150 },
    );
  });

  it("remembers only keys that signed: a stranger's signature never makes it accept", () => {
    const strange = signCompact(other.key, DIGEST);
    const unseen = signerOf(new Uint8Array(32).fill(78));
    assert.equal(verifyCompact(unseen.address, DIGEST, strange), false);
    assert.equal(verifyCompact(unseen.address, DIGEST, strange), false);
    assert.ok(verifyCompact(unseen.address, DIGEST, signCompact(unseen.key, DIGEST)));
    assert.equal(verifyCompact(unseen.address, DIGEST, strange), false);
  });

  it("stays right when more keys are seen than it remembers", () => {
    const crowd = Array.from({ length: 70 }, (_, i) => signerOf(new Uint8Array(32).fill(i + 100)));
    for (const { address, key } of crowd) assert.ok(verifyCompact(address, DIGEST, signCompact(key, DIGEST)));
    assert.ok(verifyCompact(signer.address, DIGEST, SIGNATURE));
    assert.equal(verifyCompact(signer.address, DIGEST, signCompact(other.key, DIGEST)), false);
  });

  const { r, vs } = parts(SIGNATURE);
  const s = vs & (PARITY_BIT - 1n);
  const refused: [string, string][] = [
    ["nothing", "0x"],
    ["no hexadecimal prefix", SIGNATURE.slice(2)],
    ["a byte too many", `${SIGNATURE}00`],
    ["a byte too few", SIGNATURE.slice(0, -2)],
    ["the 65-byte form", Signature.from(SIGNATURE).serialized],
    ["letters that are no digits", `${SIGNATURE.slice(0, -2)}zz`],
    ["r = 0", `0x${ZERO_WORD}${SIGNATURE.slice(66)}`],
    ["s = 0", `${SIGNATURE.slice(0, 66)}${ZERO_WORD}`],
    ["r = n", compact({ r: ORDER, vs })],
    ["r that is no point's x", compact({ r: 5n, vs })],
    ["the other parity", compact({ r, vs: vs ^ PARITY_BIT })],
    ["s just above n/2", compact({ r, vs: ORDER / 2n + 1n })],
    ["n − s", compact({ r, vs: (ORDER - s) & (PARITY_BIT - 1n) })],
  ];
  for (const [what, signature] of refused) {
    it(`refuses: ${what}`, () => {
      assert.ok(verifyCompact(signer.address, DIGEST, SIGNATURE));
      assert.equal(verifyCompact(signer.address, DIGEST, signature as Hex), false);
      const unknown = signerOf(getBytes(digestOf(what)));
      assert.equal(verifyCompact(unknown.address, DIGEST, signature as Hex), false);
    });
  }

  it("takes s up to n/2 and not one more, though the equation holds", () => {
    const { Fn, BASE } = secp256k1.Point;
    const secret = Fn.create(BigInt(hexlify(signer.key)));
    const { x: nonceX, y: nonceY } = BASE.multiply(7n).toAffine();
    // Whoever may choose the digest may choose s: z = 7·s − r·d.
    const made = (half: bigint): [Hex, Hex] => {
      const digest = toBeHex(Fn.create(7n * half - nonceX * secret), 32) as Hex;
      return [digest, compact({ r: nonceX, vs: half + (nonceY % 2n) * PARITY_BIT })];
    };
    assert.ok(verifyCompact(signer.address, ...made(ORDER / 2n)));
    const [digest, signature] = made(ORDER / 2n + 1n);
    assert.equal(recovered(digest, signature), signer.address);
    assert.equal(verifyCompact(signer.address, digest, signature), false);
  });

  it("refuses what is no digest", () => {
    for (const digest of ["0x", "0x00", `${DIGEST}00`, DIGEST.slice(2)]) {
      assert.equal(verifyCompact(signer.address, digest as Hex, SIGNATURE), false);
    }
  });
});
