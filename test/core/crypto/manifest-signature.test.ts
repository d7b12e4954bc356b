import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { describe, it } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { getBytes, hexlify, toBeArray } from "ethers";
import fc from "fast-check";
import { publisherKey, signManifest, verifyManifest } from "../../../core/crypto/manifest-signature.ts";
import type { Hex } from "../../../core/types/hex.ts";

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i);
const MANIFEST = new TextEncoder().encode("name: reading\n");
const signed = signManifest(MANIFEST, SEED);
const hex = (bytes: Uint8Array) => hexlify(bytes) as Hex;

describe("a manifest's signature", () => {
  it("is the RFC 8032 signature of the documented message, and never changes", () => {
    assert.equal(signed.key, "0x03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
    const message = Buffer.concat([
      Buffer.from("quorate/manifest/1\0"),
      createHash("sha256").update(MANIFEST).digest(),
    ]);
    const raw = Buffer.from(signed.key.slice(2), "hex").toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw }, format: "jwk" });
    assert.ok(verify(null, message, key, getBytes(signed.signature)), "by another implementation");
    assert.equal(signManifest(MANIFEST, SEED).signature, signed.signature);
    assert.ok(verifyManifest(MANIFEST, signed));
  });

  it("holds for no other bytes, key or signature: each flipped bit is noticed", () => {
    const flip = (bytes: Uint8Array, bit: number) => {
      const copy = Uint8Array.from(bytes);
      copy[bit >> 3]! ^= 1 << (bit & 7);
      return copy;
    };
    const [key, signature] = [getBytes(signed.key), getBytes(signed.signature)];
    const place = fc.tuple(fc.constantFrom("manifest", "key", "signature"), fc.nat());
    fc.assert(
      fc.property(place, ([part, at]) => {
        const of = (name: string, bytes: Uint8Array) => (part === name ? flip(bytes, at % (8 * bytes.length)) : bytes);
        const changed = { key: hex(of("key", key)), signature: hex(of("signature", signature)) };
        return !verifyManifest(of("manifest", MANIFEST), changed);
      }),
    );
  });

  it("holds for no other manifest, and no other use of the same key", () => {
    const seed = new Uint8Array(32).fill(7);
    const other = signManifest(new TextEncoder().encode("name: other\n"), seed);
    assert.ok(!verifyManifest(MANIFEST, other));
    const plain = { key: publisherKey(seed), signature: hex(ed25519.sign(MANIFEST, seed)) };
    assert.ok(!verifyManifest(MANIFEST, plain), "without its domain");
  });

  it("has one form: S + L, which verifies elsewhere, is refused", () => {
    const raw = getBytes(signed.signature);
    const little = (bytes: Uint8Array) => BigInt(hexlify(Uint8Array.from(bytes).reverse()));
    const S = little(raw.slice(32)) + ed25519.Point.Fn.ORDER;
    assert.ok(S < 1n << 256n);
    const malleated = hex(Uint8Array.from([...raw.slice(0, 32), ...toBeArray(S).reverse()]));
    assert.equal(malleated.length, signed.signature.length);
    assert.ok(!verifyManifest(MANIFEST, { ...signed, signature: malleated }));
  });

  it("is refused under keys and nonces of small order, and where points are not canonical", () => {
    // With the neutral element as key and nonce, and S = 0, the lax equation holds for every message.
    const neutral = `01${"00".repeat(31)}`;
    const forged = { key: `0x${neutral}`, signature: `0x${neutral}${"00".repeat(32)}` } as const;
    assert.ok(ed25519.verify(getBytes(forged.signature), MANIFEST, getBytes(forged.key)), "the lax rule takes it");
    assert.ok(!verifyManifest(MANIFEST, forged));
    // y = p + 1, which is the neutral element again.
    const folded = `ee${"ff".repeat(30)}7f`;
    assert.ok(!verifyManifest(MANIFEST, { key: `0x${folded}`, signature: `0x${folded}${"00".repeat(32)}` }));
  });

  it("is false, not an error, for what is no signature", () => {
    for (const change of [{ key: "0x" }, { signature: "0x" }, { key: "0xzz" }, { signature: "0x12" }] as const)
      assert.equal(verifyManifest(MANIFEST, { ...signed, ...change }), false);
  });
});
