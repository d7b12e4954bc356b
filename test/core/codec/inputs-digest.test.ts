import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, keccak256, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import { inputsDigest, type StorageRead } from "../../../core/codec/inputs-digest.ts";

const envelope = toUtf8Bytes("fetcher/1 observe\n\n");

describe("the digest of a feed's inputs", () => {
  it("is that of the envelope where nothing was read", () => {
    assert.equal(inputsDigest({ envelope, reads: [[], []] }), keccak256(envelope));
  });

  it("covers the reads of both phases, byte for byte as documented", () => {
    const reads = [[{ key: "é", value: Uint8Array.of(7, 8) }], [{ key: "b", value: undefined }]] as const;
    const encoded = concat([
      ...["0x0001", "0x02", toUtf8Bytes("é"), "0x01", "0x00000002", "0x0708"],
      ...["0x0001", "0x01", toUtf8Bytes("b"), "0x00"],
    ]);
    assert.equal(inputsDigest({ envelope, reads }), keccak256(concat([envelope, encoded, "0x00000011", "0x01"])));
  });

  it("differs where anything that was read differs, or the phase or order of it", () => {
    const read = fc.record({
      key: fc.string({ minLength: 1, maxLength: 3 }),
      value: fc.option(fc.uint8Array({ maxLength: 3 }), { nil: undefined }),
    });
    const reads = fc.tuple(fc.array(read, { maxLength: 3 }), fc.array(read, { maxLength: 3 }));
    const text = (phases: readonly (readonly StorageRead[])[]) =>
      JSON.stringify(
        phases.map((phase) => phase.map(({ key, value }) => [key, value === undefined ? null : [...value]])),
      );
    fc.assert(
      fc.property(reads, reads, (one, other) => {
        const same = inputsDigest({ envelope, reads: one }) === inputsDigest({ envelope, reads: other });
        assert.equal(same, text(one) === text(other));
      }),
    );
  });

  it("tells an envelope that looks like reads from reads", () => {
    const reads = [[{ key: "k", value: undefined }], []] as const;
    const disguised = Uint8Array.from([...envelope, 0, 1, 1, 107, 0, 0, 0, 0, 0, 0, 7, 1]);
    // Only an envelope that does not end with a line feed could: the codec writes none.
    assert.equal(inputsDigest({ envelope: disguised, reads: [[], []] }), inputsDigest({ envelope, reads }));
    assert.notEqual(disguised.at(-1), "\n".charCodeAt(0));
  });
});
