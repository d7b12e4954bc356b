import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { verifyManifest } from "../../../core/crypto/manifest-signature.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { generateRootSecret, writeKeystore } from "../../../node/keys/keystore.ts";
import { createPublisherKey, readPublisherKey, writePublisherKey } from "../../../node/keys/publisher-key.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const MANIFEST = new TextEncoder().encode("name: x\n");

describe("a publisher's key", () => {
  const folder = scratchFolder();
  const file = path.join(folder, "publisher.json");
  let key: Hex;
  before(async () => {
    key = await writePublisherKey(file, { password: "right" });
  });

  it("comes back with its password, and signs", async () => {
    const publisher = await readPublisherKey(file, { password: "right" });
    assert.equal(publisher.key, key);
    assert.ok(verifyManifest(MANIFEST, publisher.sign(MANIFEST)));
    assert.equal(publisher.sign(MANIFEST).key, key);
  });

  it("rests encrypted, readable by its owner alone, under its public name, and is never overwritten", async () => {
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const { pubkey, crypto } = JSON.parse(readFileSync(file, "utf8")) as { pubkey: string; crypto: object };
    assert.equal(`0x${pubkey}`, key);
    assert.ok(JSON.stringify(crypto).includes("scrypt"));
    await assert.rejects(writePublisherKey(file, { password: "other" }), withCode("keystore-exists"));
  });

  it("is not had without the password, or from a node's keystore", async () => {
    await assert.rejects(readPublisherKey(file, { password: "wrong" }), {
      code: "keystore-password",
      message: /check --password-env or --password-file/,
    });
    await assert.rejects(readPublisherKey(path.join(folder, "none.json"), { password: "" }), {
      code: "keystore-missing",
      message: /quorate module key FILE/,
    });
    const nodeKeys = path.join(folder, "keystore.json");
    const content = { root: generateRootSecret(), password: "right", peerKey: new Uint8Array(32) };
    await writeKeystore(nodeKeys, content);
    await assert.rejects(readPublisherKey(nodeKeys, { password: "right" }), withCode("keystore-not-publisher"));
  });

  it("is another one each time", () => {
    const [one, other] = [createPublisherKey(), createPublisherKey()];
    assert.notEqual(one.key, other.key);
    assert.ok(!verifyManifest(MANIFEST, { ...other.sign(MANIFEST), key: one.key }));
  });
});
