import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id } from "ethers";
import fc from "fast-check";
import { reportDigest } from "../../../core/codec/report.ts";
import { decodeMessage, encodeMessage } from "../../../core/consensus/wire.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { AttributedObservation, Observation } from "../../../core/types/observation.ts";
import { createProtocolCrypto } from "../../../node/keys/protocol-crypto.ts";
import {
  createProtocolFixture,
  FIXTURE_DIGEST,
  FIXTURE_DOMAIN,
  fixtureSequence,
} from "../../support/protocol-fixture.ts";

const fixture = await createProtocolFixture();
const { members } = fixture.configuration;
const crypto = fixture.cryptoOf(0);
const SEQUENCE = fixtureSequence(3);
const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const L = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

describe("an observation's signature", () => {
  const signed = fixture.observation(1, SEQUENCE);
  const { observation, signature } = signed;
  const change = (part: Partial<Observation>): AttributedObservation => ({
    ...signed,
    observation: { ...observation, ...part },
  });
  const resign = (part: Partial<typeof signature>): AttributedObservation => ({
    ...signed,
    signature: { ...signature, ...part },
  });

  it("holds for its member, and is the same each time", () => {
    assert.equal(crypto.verifyObservation(signed), true);
    assert.deepEqual(fixture.observation(1, SEQUENCE), signed);
  });

  const refused: Readonly<Record<string, AttributedObservation>> = {
    "another member": { ...signed, observer: 2 },
    "nobody's index": { ...signed, observer: 4 },
    "another slot": change({ sequence: SEQUENCE + 1n }),
    "another time": change({ timestamp: observation.timestamp + 1 }),
    "another value": change({ feeds: { mask: 0b11, values: [observation.feeds.values[0]!, 5n] } }),
    "another mask": change({ feeds: { mask: 0b01, values: [observation.feeds.values[0]!, 0n] } }),
    "S + l": resign({ s: signature.s + L }),
    "S = 2²⁵⁶ − 1": resign({ s: 2n ** 256n - 1n }),
    "R off the curve": resign({ r8: { x: signature.r8.x, y: signature.r8.y + 1n } }),
    "R beyond the field": resign({ r8: { x: signature.r8.x + P, y: signature.r8.y } }),
    "R of another signature": resign({ r8: fixture.observation(1, SEQUENCE + 1n).signature.r8 }),
    "the neutral R": resign({ r8: { x: 0n, y: 1n } }),
  };
  for (const [name, entry] of Object.entries(refused)) {
    it(`does not hold for ${name}`, () => assert.equal(crypto.verifyObservation(entry), false));
  }

  it("does not bind inputs and fuel: they are for audits", () => {
    assert.equal(crypto.verifyObservation(change({ fuel: 1n, inputsDigest: id("other") as Hex })), true);
  });

  it("is worth nothing under another configuration, hub or chain", () => {
    for (const other of [
      { configDigest: id("other") as Hex, domain: FIXTURE_DOMAIN },
      { configDigest: FIXTURE_DIGEST, domain: { ...FIXTURE_DOMAIN, chainId: 1n } },
      { configDigest: FIXTURE_DIGEST, domain: { ...FIXTURE_DOMAIN, hub: `0x${"33".repeat(20)}` } },
    ] as const) {
      const foreign = createProtocolCrypto({ ...other, members }, fixture.identities[0]!);
      assert.equal(foreign.verifyObservation(signed), false);
    }
  });

  it("is false, never an exception, for whatever bytes of a frame are flipped", () => {
    const bytes = encodeMessage({ kind: "observation", observation, signature });
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const message = decodeMessage(flipped, { n: 4, f: 1, lanes: 2 });
        if (message?.kind !== "observation") return;
        const unsigned =
          message.observation.fuel !== observation.fuel ||
          message.observation.inputsDigest !== observation.inputsDigest;
        assert.equal(crypto.verifyObservation({ ...message, observer: 1 }), unsigned);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a report's and a proposal's signature", () => {
  const { digest, report, observations } = fixture.final(SEQUENCE);
  const signature = fixture.cryptoOf(2).signDigest(digest);

  it("holds for its member and digest", () => {
    assert.match(signature, /^0x[0-9a-f]{128}$/);
    assert.equal(digest, reportDigest(report, FIXTURE_DOMAIN));
    assert.equal(crypto.verifyDigest(2, digest, signature), true);
    assert.equal(fixture.cryptoOf(2).signDigest(digest), signature);
  });

  const highS = () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const vs = BigInt(`0x${signature.slice(66)}`);
    const s = order - (vs & (2n ** 255n - 1n));
    return `${signature.slice(0, 66)}${(((vs & (2n ** 255n)) ^ (2n ** 255n)) | s).toString(16).padStart(64, "0")}` as Hex;
  };
  const malformed: Readonly<Record<string, readonly [number, Hex, Hex]>> = {
    "another member": [1, digest, signature],
    "nobody's index": [4, digest, signature],
    "another digest": [2, id("other") as Hex, signature],
    zeros: [2, digest, `0x${"00".repeat(64)}`],
    ones: [2, digest, `0x${"ff".repeat(64)}`],
    "r = 0": [2, digest, `0x${"00".repeat(32)}${signature.slice(66)}`],
    "the mirrored s": [2, digest, highS()],
    "65 bytes with no recovery id": [2, digest, `${signature}00`],
    "63 bytes": [2, digest, signature.slice(0, -2) as Hex],
    "no bytes": [2, digest, "0x"],
    "a digest of no 32 bytes": [2, "0x1234", signature],
  };
  for (const [name, [signer, of, bytes]] of Object.entries(malformed)) {
    it(`does not hold for ${name}`, () => assert.equal(crypto.verifyDigest(signer, of, bytes), false));
  }

  it("of a proposal covers slot and observations", () => {
    const header = (sequence: bigint, chosen: typeof observations) =>
      crypto.proposalHeaderDigest({ sequence, observationsHash: crypto.observationsHash(chosen) });
    const digests = [
      header(SEQUENCE, observations),
      header(SEQUENCE + 1n, observations),
      header(SEQUENCE, observations.slice(1)),
      digest,
    ];
    assert.equal(new Set(digests).size, 4);
  });

  it("of a report is over the digest that the plug-in computes", () => {
    assert.equal(crypto.reportDigest(report), digest);
  });
});
