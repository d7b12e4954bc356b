import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { Wallet, hexlify, id, verifyTypedData, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { feedLeafProof } from "../../../core/codec/feed-leaf-proof.ts";
import {
  MAX_VALUE,
  MIN_VALUE,
  PROPOSAL_TYPES,
  REPORT_TYPES,
  createReport,
  feedsRoot,
  hasLane,
  lanesOf,
  packValues,
  proposalDigest,
  reportDigest,
  reportStructHash,
  typedDataDomain,
  unpackValues,
  valuesHash,
} from "../../../core/codec/report.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FeedValues } from "../../../core/types/observation.ts";
import { VECTOR_FILES, makeReportVectors, readVectors, type ReportVectors } from "../../contracts/support/vectors.ts";
import { withCode } from "../../support/error-code.ts";

const int96 = fc.bigInt({ min: MIN_VALUE, max: MAX_VALUE });

/** Any well-formed vector, whose unset lanes are 0. */
const feedValues: fc.Arbitrary<FeedValues> = fc
  .array(fc.record({ present: fc.boolean(), value: int96 }), { minLength: 1, maxLength: 32 })
  .map((lanes) => ({
    mask: lanes.reduce((mask, { present }, lane) => mask + (present ? 2 ** lane : 0), 0),
    values: lanes.map(({ present, value }) => (present ? value : 0n)),
  }));
const nonEmpty = feedValues.filter(({ mask }) => mask !== 0);
const idsFor = (feeds: FeedValues): Hex[] => feeds.values.map((_, lane) => id(`feed ${lane}`) as Hex);

describe("golden reports", async () => {
  const golden = await readVectors<ReportVectors>(VECTOR_FILES.report);
  const domain = { chainId: BigInt(golden.chainId), hub: golden.hub };

  it("are what the generator makes", () => {
    assert.deepEqual(golden, makeReportVectors());
  });

  for (const vector of golden.vectors) {
    it(`${vector.name}: bytes, hashes and paths`, () => {
      const { mask, feedIds, observationsHash } = vector;
      const feeds = { mask, values: vector.values.map(BigInt) };
      const report = { ...vector.report, sequence: BigInt(vector.report.sequence) };
      const { configDigest, sequence, observedAt } = report;
      assert.equal(hexlify(packValues(feeds)), vector.packed);
      assert.deepEqual(createReport({ configDigest, sequence }, { feeds, feedIds, observedAt }), report);
      assert.equal(reportStructHash(report), vector.structHash);
      assert.equal(reportDigest(report, domain), vector.digest);
      assert.equal(proposalDigest({ configDigest, sequence, observationsHash }, domain), vector.proposalDigest);
      for (const [lane, path] of Object.entries(vector.paths)) {
        assert.deepEqual(feedLeafProof({ feeds, feedIds, observedAt }, Number(lane)), path);
      }
    });
  }
});

describe("packed values", () => {
  it("come back as they were", () => {
    fc.assert(fc.property(feedValues, (feeds) => assert.deepEqual(unpackValues(packValues(feeds)), feeds)));
  });

  it("are read from any window of a buffer", () => {
    const packed = packValues({ mask: 3, values: [-1n, 2n] });
    const wide = new Uint8Array(packed.length + 7);
    wide.set(packed, 5);
    assert.deepEqual(unpackValues(wide.subarray(5, 5 + packed.length)), { mask: 3, values: [-1n, 2n] });
  });

  it("differ for different vectors", () => {
    fc.assert(
      fc.property(feedValues, feedValues, (a, b) => {
        const same = a.mask === b.mask && String(a.values) === String(b.values);
        assert.equal(valuesHash(a) === valuesHash(b), same);
      }),
    );
  });

  const refused: readonly { readonly code: string; readonly feeds: FeedValues }[] = [
    { code: "invalid-lanes", feeds: { mask: 0, values: [] } },
    { code: "invalid-lanes", feeds: { mask: 0, values: Array<bigint>(33).fill(0n) } },
    { code: "invalid-mask", feeds: { mask: 4, values: [0n, 0n] } },
    { code: "invalid-mask", feeds: { mask: -1, values: [0n] } },
    { code: "invalid-mask", feeds: { mask: 0.5, values: [0n] } },
    { code: "invalid-mask", feeds: { mask: Number.NaN, values: [0n] } },
    { code: "value-out-of-range", feeds: { mask: 1, values: [MAX_VALUE + 1n] } },
    { code: "value-out-of-range", feeds: { mask: 1, values: [MIN_VALUE - 1n] } },
    { code: "unset-lane-not-zero", feeds: { mask: 1, values: [0n, 1n] } },
  ];
  for (const { code, feeds } of refused) {
    it(`refuse ${code}: mask ${feeds.mask}, ${feeds.values.length} lanes`, () => {
      assert.throws(() => packValues(feeds), withCode(code));
      assert.throws(() => feedsRoot(feeds, [], 0), withCode(code));
    });
  }

  it("refuse bytes that no vector packs to", () => {
    for (const length of [0, 3, 4, 15, 17, 4 + 12 * 33]) {
      assert.throws(() => unpackValues(new Uint8Array(length)), withCode("invalid-packed-length"));
    }
    const packed = packValues({ mask: 1, values: [0n] });
    packed[3] = 2;
    assert.throws(() => unpackValues(packed), withCode("invalid-mask"));
    packed.set([0, 9], 3);
    assert.throws(() => unpackValues(packed), withCode("unset-lane-not-zero"));
  });
});

describe("lanes", () => {
  it("are told by the mask, up to the thirty-second", () => {
    assert.deepEqual(lanesOf(0x80000005), [0, 2, 31]);
    assert.equal(hasLane(0x80000000, 31), true);
    assert.equal(hasLane(0x7fffffff, 31), false);
  });
});

describe("the Merkle tree of a report", () => {
  it("holds every present leaf, under OpenZeppelin's own verification", () => {
    fc.assert(
      fc.property(nonEmpty, fc.nat(), (feeds, observedAt) => {
        const feedIds = idsFor(feeds);
        const root = feedsRoot(feeds, feedIds, observedAt);
        for (const lane of lanesOf(feeds.mask)) {
          const leaf = [feedIds[lane]!, feeds.values[lane]!, observedAt];
          const path = feedLeafProof({ feeds, feedIds, observedAt }, lane);
          assert.ok(StandardMerkleTree.verify(root, ["bytes32", "int96", "uint32"], leaf, path));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("does not exist for an empty mask, an absent lane or a lane without a feed", () => {
    const feeds = { mask: 0b10, values: [0n, 1n] };
    const feedIds = idsFor(feeds);
    assert.throws(() => feedsRoot({ mask: 0, values: [0n] }, feedIds, 0), withCode("empty-report"));
    assert.throws(() => feedLeafProof({ feeds, feedIds, observedAt: 0 }, 0), withCode("unknown-feed"));
    assert.throws(() => feedLeafProof({ feeds, feedIds, observedAt: 0 }, 40), withCode("unknown-feed"));
    assert.throws(() => feedsRoot(feeds, feedIds.slice(0, 1), 0), withCode("unknown-feed"));
  });
});

describe("the digest of a report", () => {
  const domain = { chainId: 31337n, hub: "0x2222222222222222222222222222222222222222" } as const;
  const feeds = { mask: 1, values: [5n] };
  const slot = { configDigest: id("configuration") as Hex, sequence: 7n };
  const report = createReport(slot, { feeds, feedIds: idsFor(feeds), observedAt: 9 });

  it("is what a wallet signs as typed data", async () => {
    const wallet = new Wallet(id("wallet"));
    const signature = await wallet.signTypedData(typedDataDomain(domain), REPORT_TYPES, report);
    assert.equal(verifyTypedData(typedDataDomain(domain), REPORT_TYPES, report, signature), wallet.address);
    assert.equal(wallet.signingKey.sign(reportDigest(report, domain)).serialized, signature);
  });

  it("is ethers' digest for any report, and a proposal's for any proposal", () => {
    const word = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexlify(bytes) as Hex);
    const sequence = fc.bigInt(0n, 2n ** 64n - 1n);
    const observedAt = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const reports = fc.record({ configDigest: word, sequence, observedAt, feedsRoot: word, valuesHash: word });
    const proposals = fc.record({ configDigest: word, sequence, observationsHash: word });
    fc.assert(
      fc.property(reports, proposals, (anyReport, proposal) => {
        const typed = typedDataDomain(domain);
        assert.equal(reportDigest(anyReport, domain), TypedDataEncoder.hash(typed, REPORT_TYPES, anyReport));
        assert.equal(proposalDigest(proposal, domain), TypedDataEncoder.hash(typed, PROPOSAL_TYPES, proposal));
      }),
    );
  });

  it("changes with every field and with the domain", () => {
    const digests = [
      reportDigest(report, domain),
      reportDigest({ ...report, configDigest: report.feedsRoot }, domain),
      reportDigest({ ...report, sequence: 8n }, domain),
      reportDigest({ ...report, observedAt: 10 }, domain),
      reportDigest({ ...report, feedsRoot: report.valuesHash }, domain),
      reportDigest({ ...report, valuesHash: report.feedsRoot }, domain),
      reportDigest(report, { ...domain, chainId: 1n }),
      reportDigest(report, { ...domain, hub: "0x3333333333333333333333333333333333333333" }),
    ];
    assert.equal(new Set(digests).size, digests.length);
  });
});
