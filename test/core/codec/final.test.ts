import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keccak256 } from "ethers";
import fc from "fast-check";
import { ByteReader, TruncatedError } from "../../../core/codec/byte-reader.ts";
import { ByteWriter } from "../../../core/codec/byte-writer.ts";
import { encodeFinal, readFinal } from "../../../core/codec/final.ts";
import { observationsHash, writeAttributed } from "../../../core/codec/observation.ts";
import { createProtocolFixture, fixtureSequence } from "../../support/protocol-fixture.ts";
import { finalReport } from "../consensus/arbitraries.ts";

describe("a final report", () => {
  it("comes back from its bytes, with nothing left over", () => {
    fc.assert(
      fc.property(finalReport({ n: 4, f: 1, lanes: 8 }), (final) => {
        const reader = new ByteReader(encodeFinal(final));
        assert.deepEqual(readFinal(reader, 8), final);
        assert.equal(reader.remaining, 0);
      }),
      { numRuns: 30 },
    );
  });

  it("is refused where bytes are missing, or its values could not have been packed", async () => {
    const bytes = encodeFinal((await createProtocolFixture()).final(fixtureSequence(1)));
    assert.throws(() => readFinal(new ByteReader(bytes.subarray(0, -1)), 2), TruncatedError);
    const maskAt = 32 + 8 + 4 + 3 * 32;
    const changed = bytes.slice();
    changed[maskAt] = 0x80;
    assert.throws(() => readFinal(new ByteReader(changed), 2), { name: "QuorateError" });
  });
});

describe("the hash of a proposal's observations", () => {
  it("covers their canonical bytes: each of them, who made it, and their order", async () => {
    const { observations } = (await createProtocolFixture()).final(fixtureSequence(1));
    const writer = new ByteWriter();
    writeAttributed(writer, observations);
    assert.equal(observationsHash(observations), keccak256(writer.finish()));
    const [first, ...rest] = observations;
    const variants = [
      rest,
      observations.toReversed(),
      [{ ...first!, observer: 3 }, ...rest],
      [{ ...first!, observation: { ...first!.observation, fuel: 1n } }, ...rest],
    ];
    const hashes = [observations, ...variants].map(observationsHash);
    assert.equal(new Set(hashes).size, hashes.length);
  });
});
