import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { getBytes, hexlify } from "ethers";
import fc from "fast-check";
import { observationBytes } from "../../../core/codec/observation.ts";
import { packValues } from "../../../core/codec/report.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import {
  decodeMessage,
  encodeMessage,
  frameBytes,
  maxFrameBytes,
  WIRE_VERSION,
  type WireShape,
} from "../../../core/consensus/wire.ts";
import { createProtocolFixture, fixtureSequence } from "../../support/protocol-fixture.ts";
import { makeWireVectors, WIRE_VECTORS, wireVectorText } from "../../support/wire-vectors.ts";
import { anyMessage, messagesOf } from "./arbitraries.ts";

const SHAPES: readonly WireShape[] = [
  { n: 4, f: 1, lanes: 1 },
  { n: 4, f: 1, lanes: 2 },
  { n: 5, f: 1, lanes: 8 },
  { n: 7, f: 2, lanes: 32 },
];
const FOUR: WireShape = { n: 4, f: 1, lanes: 2 };
/** A message with the committee that it was made for. */
const framed = fc
  .constantFrom(...SHAPES)
  .chain((shape) => fc.record({ shape: fc.constant(shape), message: anyMessage(shape) }));

/** No bytes may throw, and bytes that are a message are the only bytes of that message. */
function assertHarmless(bytes: Uint8Array, shape: WireShape): void {
  const message = decodeMessage(bytes, shape);
  if (message !== undefined) assert.equal(hexlify(encodeMessage(message)), hexlify(bytes));
}

describe("wire codec", () => {
  for (const shape of SHAPES) {
    for (const [kind, messages] of Object.entries(messagesOf(shape))) {
      it(`${kind} among ${shape.n} over ${shape.lanes} lanes comes back as it was, and has its one length`, () => {
        fc.assert(
          fc.property(messages, (message) => {
            const bytes = encodeMessage(message);
            assert.deepEqual(decodeMessage(bytes, shape), message);
            assert.equal(bytes.length, frameBytes(message.kind, shape));
          }),
          { numRuns: 15 },
        );
      });
    }
  }

  it("refuses every truncation of a message, and a byte too many", () => {
    fc.assert(
      fc.property(framed, fc.nat(255), ({ message, shape }, extra) => {
        const bytes = encodeMessage(message);
        for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 150))
          assert.equal(decodeMessage(bytes.subarray(0, length), shape), undefined, `${length} bytes`);
        assert.equal(decodeMessage(bytes.subarray(0, -1), shape), undefined);
        assert.equal(decodeMessage(Uint8Array.of(...bytes, extra), shape), undefined);
      }),
      { numRuns: 40 },
    );
  });

  it("never throws for flipped bits, and never reads two frames as one message", () => {
    fc.assert(
      fc.property(framed, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), ({ message, shape }, flips) => {
        const bytes = encodeMessage(message);
        for (const flip of flips) bytes[(flip >> 3) % bytes.length]! ^= 1 << (flip & 7);
        assertHarmless(bytes, shape);
      }),
      { numRuns: 400 },
    );
  });

  it("never throws for arbitrary bytes", () => {
    const headed = fc.tuple(fc.nat(9), fc.uint8Array({ maxLength: 600 }));
    fc.assert(
      fc.property(headed, fc.constantFrom(...SHAPES), ([kind, body], shape) => {
        assertHarmless(Uint8Array.of(WIRE_VERSION, kind, ...body), shape);
        assertHarmless(body, shape);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses other versions and unknown kinds", () => {
    const bytes = encodeMessage({ kind: "new-epoch", epoch: 1, current: 1 });
    assert.deepEqual(decodeMessage(bytes, FOUR), { kind: "new-epoch", epoch: 1, current: 1 });
    assert.equal(decodeMessage(Uint8Array.of(WIRE_VERSION + 1, ...bytes.subarray(1)), FOUR), undefined);
    assert.equal(decodeMessage(Uint8Array.of(WIRE_VERSION, 8, ...bytes.subarray(2)), FOUR), undefined);
    assert.equal(decodeMessage(new Uint8Array(), FOUR), undefined);
  });

  it("refuses value vectors that nobody packs: a bit beyond the lanes, a value in an unset lane", async () => {
    const fixture = await createProtocolFixture();
    const message: Message = { kind: "observation", ...fixture.observation(0, 1n, { mask: 1, values: [5n, 0n] }) };
    const bytes = encodeMessage(message);
    const at = 2 + 8;
    assert.deepEqual(bytes.subarray(at, at + 28), packValues({ mask: 1, values: [5n, 0n] }));
    for (const [offset, value] of [
      [3, 0b101],
      [4 + 23, 1],
    ] as const) {
      const changed = bytes.slice();
      changed[at + offset] = value;
      assert.equal(decodeMessage(changed, FOUR), undefined);
    }
  });
});

describe("maxFrameBytes", () => {
  for (const [f, lanes] of [
    [1, 2],
    [1, 8],
    [2, 32],
  ] as const) {
    it(`is the length of a whole final report, and no honest frame is longer: f=${f}, K=${lanes}`, async () => {
      const fixture = await createProtocolFixture({ f, lanes });
      const sequence = fixtureSequence(1);
      const final = fixture.final(sequence);
      const { observations, digest } = final;
      const signature = fixture.cryptoOf(0).signDigest(digest);
      const most = maxFrameBytes({ n: 3 * f + 1, f, lanes });
      assert.equal(encodeMessage({ kind: "final", final }).length, most);
      const others: Message[] = [
        { kind: "new-epoch", epoch: 1, current: 1 },
        { kind: "round-start", sequence },
        { kind: "observation", ...fixture.observation(0, sequence) },
        { kind: "proposal", sequence, observations, signature },
        { kind: "prepare", sequence, digest, observationsHash: digest, proposalSignature: signature },
        { kind: "signature", report: final.report, signature },
        { kind: "final-request", sequence, digest },
      ];
      for (const message of others) assert.ok(encodeMessage(message).length < most, message.kind);
    });
  }

  it("counts an observation as it is written", async () => {
    const fixture = await createProtocolFixture();
    const bytes = encodeMessage({ kind: "observation", ...fixture.observation(1, 1n) });
    assert.equal(bytes.length, 2 + observationBytes(2));
  });
});

describe("golden frames", () => {
  it("are what the code makes today", async () => {
    assert.equal(wireVectorText(await makeWireVectors()), await readFile(WIRE_VECTORS, "utf8"));
  });

  it("decode to the messages beside them", async () => {
    const golden = JSON.parse(await readFile(WIRE_VECTORS, "utf8")) as {
      shape: WireShape;
      messages: { message: object; bytes: string }[];
    };
    assert.equal(golden.messages.length, 8);
    for (const { message, bytes } of golden.messages)
      assert.deepEqual(JSON.parse(wireVectorText(decodeMessage(getBytes(bytes), golden.shape)!)), message);
  });
});
