import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireSupported } from "../../../node/app/supported.ts";

describe("a committee that this release can serve", () => {
  it("signs with ECDSA and has 32 lanes at most", () => {
    requireSupported({ scheme: "ecdsa-quorum", lanes: 1 });
    requireSupported({ scheme: "ecdsa-quorum", lanes: 32 });
  });

  it("is no other: the node says why, and does not start", () => {
    assert.throws(() => requireSupported({ scheme: "ecdsa-quorum", lanes: 33 }), { code: "lanes-unsupported" });
    for (const scheme of ["schnorr-key-sum", "schnorr-group"] as const) {
      assert.throws(() => requireSupported({ scheme, lanes: 8 }), { code: "scheme-unsupported" });
    }
  });
});
