import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dataLength, dataSlice, getBytes, hexlify, id } from "ethers";
import { feedLeafProof } from "../../../core/codec/feed-leaf-proof.ts";
import { createReport, packValues } from "../../../core/codec/report.ts";
import {
  packClaim,
  packProvenReport,
  packUpdate,
  readProvenReport,
  readUpdate,
} from "../../../core/codec/report-update.ts";
import type { Hex } from "../../../core/types/hex.ts";

const CONFIG = id("configuration") as Hex;
const SIGNATURE: Hex = `0x${"5a".repeat(64)}`;

/** Any report, some of whose first lanes are present, with signatures of some members. */
const signedUpdates = fc
  .record({
    values: fc.array(fc.bigInt({ min: -(2n ** 95n), max: 2n ** 95n - 1n }), { minLength: 1, maxLength: 32 }),
    present: fc.integer({ min: 1, max: 32 }),
    sequence: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    observedAt: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    signers: fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 11 }),
  })
  .map(({ values, present, sequence, observedAt, signers }) => {
    const count = Math.min(present, values.length);
    const feeds = { mask: 2 ** count - 1, values: values.map((value, lane) => (lane < count ? value : 0n)) };
    const feedIds = values.map((_, lane) => id(`feed ${lane}`) as Hex);
    const report = createReport({ configDigest: CONFIG, sequence }, { feeds, feedIds, observedAt });
    return { report, feeds, feedIds, signatures: signers.map((signer) => ({ signer, signature: SIGNATURE })) };
  });

describe("an update", () => {
  it("is read back as it was packed, whatever it holds", () => {
    fc.assert(
      fc.property(signedUpdates, fc.nat(), (signed, storeMask) => {
        const { report, feeds, signatures } = signed;
        const packed = getBytes(packUpdate(signed, storeMask));
        assert.deepEqual(readUpdate(packed, feeds.values.length), {
          ...{
            storeMask,
            sequence: report.sequence,
            observedAt: report.observedAt,
            feedsRoot: report.feedsRoot,
            feeds,
          },
          signers: signatures.map(({ signer }) => signer).toSorted((a, b) => a - b),
        });
        assert.equal(packed.length, 48 + 4 + 12 * feeds.values.length + 4 + 64 * signatures.length);
      }),
    );
  });

  it("is refused when it ends before its signers", () => {
    fc.assert(
      fc.property(signedUpdates, (signed) => {
        const lanes = signed.feeds.values.length;
        const packed = getBytes(packUpdate(signed, 1)).subarray(0, 48 + 4 + 12 * lanes + 3);
        assert.throws(() => readUpdate(packed, lanes), RangeError);
      }),
    );
  });

  it("for a proof is the same without root and signatures", () => {
    fc.assert(
      fc.property(signedUpdates, (signed) => {
        const whole = packUpdate(signed, 3);
        const values = hexlify(packValues(signed.feeds));
        assert.equal(packProvenReport(signed), `${dataSlice(whole, 0, 12)}${values.slice(2)}`);
        const { sequence, observedAt } = signed.report;
        const read = readProvenReport(getBytes(packProvenReport(signed)));
        assert.deepEqual(read, { sequence, observedAt, feeds: signed.feeds });
      }),
    );
  });
});

describe("a claim", () => {
  it("holds the report's times, the hash of its values, the signatures and each leaf with its path", () => {
    fc.assert(
      fc.property(signedUpdates, ({ report, feeds, feedIds, signatures }) => {
        const path = feedLeafProof({ feeds, feedIds, observedAt: report.observedAt }, 0);
        const leaf = { value: feeds.values[0]!, path };
        const claim = packClaim({ report, signatures }, [leaf, leaf]);
        const leafBytes = 12 + 1 + 32 * path.length;
        assert.equal(dataLength(claim), 44 + 4 + 64 * signatures.length + 2 * leafBytes);
        assert.equal(dataSlice(claim, 12, 44), report.valuesHash);
        assert.equal(dataSlice(claim, -leafBytes), dataSlice(claim, -2 * leafBytes, -leafBytes));
        assert.equal(BigInt.asIntN(96, BigInt(dataSlice(claim, -leafBytes, -leafBytes + 12))), leaf.value);
        const unsigned = packClaim({ report }, [leaf]);
        assert.equal(dataLength(unsigned), 44 + leafBytes);
        assert.equal(dataSlice(unsigned, 0, 44), dataSlice(claim, 0, 44));
      }),
    );
  });
});
