import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { getBytes, hexlify } from "ethers";
import { createIdentity } from "../../../node/keys/identity.ts";
import { deriveSecrets, generateRootSecret, readKeystore, writeKeystore } from "../../../node/keys/keystore.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const ROOT = Uint8Array.from({ length: 32 }, (_, i) => i);
const PASSWORD = "correct horse battery staple";

/** All that an error shows anybody: message, data, stack, and the same of its causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), textOf(error.cause)].join("\n");
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  assert.ok(outcome instanceof Error, "it did not fail");
  return outcome;
}

describe("the keys of a root secret", () => {
  it("are HKDF-SHA-256 under one label per role, and never change", () => {
    const secrets = deriveSecrets(ROOT);
    for (const role of ["peer", "signer", "observer", "transmitter"] as const) {
      const label = new TextEncoder().encode(`quorate/keys/1/${role}`);
      assert.equal(hexlify(secrets[role]), hexlify(hkdf(sha256, ROOT, new Uint8Array(), label, 32)));
    }
    assert.equal(new Set(Object.values(secrets).map(hexlify)).size, 4);
    assert.equal(hexlify(secrets.signer), "0xbdfe696f1db966466cfc517bc14bcbb58356615b1ef48511b543554763dac609");
  });

  it("make the identity that is registered, and never another one", async () => {
    const { member, peerId } = await createIdentity(deriveSecrets(ROOT));
    assert.deepEqual(
      { ...member, peerId },
      {
        signer: "0x4E925019cCA55046F67d49E840099b743CF43e5A",
        transmitter: "0x8AdDA62d2628C4f9D972A7cBD77919DC38dE6dEE",
        peerKey: "0xf5c6872598cca911f5859b3b79274b5f99d21c1d6620b3ee3cd7f224bf50ef61",
        observer: {
          x: 7287114059947539931532027158322083008958195052861614583256435137068769541020n,
          y: 14620158062909440373521439187114546908158306201703908959624889191839794908138n,
        },
        peerId: "12D3KooWSMmdiZ3dx8GbSYi2oFKAqoqZKzit3sT7UAdVDuDLK7qi",
      },
    );
  });

  it("come from 32 random bytes", () => {
    const [one, other] = [generateRootSecret(), generateRootSecret()];
    assert.equal(one.length, 32);
    assert.notEqual(hexlify(one), hexlify(other));
  });
});

describe("keystore", () => {
  const folder = scratchFolder();
  const file = path.join(folder, "keystore.json");
  const peerKey = getBytes(`0x${"f5".repeat(32)}`);
  before(() => writeKeystore(file, { root: ROOT, password: PASSWORD, peerKey }));

  it("gives back the keys that were written, with the password alone", async () => {
    assert.deepEqual(await readKeystore(file, { password: PASSWORD }), deriveSecrets(ROOT));
  });

  it("is readable by its owner alone, and shows no secret", () => {
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = readFileSync(file, "utf8");
    const { peer, signer, observer, transmitter } = deriveSecrets(ROOT);
    for (const secret of [ROOT, peer, signer, observer, transmitter])
      assert.ok(!text.includes(Buffer.from(secret).toString("hex")));
    assert.ok(!text.includes(PASSWORD));
    assert.equal((JSON.parse(text) as { pubkey: string }).pubkey, "f5".repeat(32), "whose it is stands in clear");
  });

  it("is never overwritten", async () => {
    const held = readFileSync(file, "utf8");
    const again = writeKeystore(file, { root: generateRootSecret(), password: "another", peerKey });
    await assert.rejects(again, withCode("keystore-exists"));
    assert.equal(readFileSync(file, "utf8"), held);
  });

  it("refuses a wrong password, and says nothing secret about it", async () => {
    const error = await failure(readKeystore(file, { password: "not the password" }));
    assert.ok(withCode("keystore-password")(error));
    for (const secret of ["not the password", PASSWORD, Buffer.from(ROOT).toString("hex")])
      assert.ok(!textOf(error).includes(secret), "a secret in the error");
  });

  it("refuses one whose secret was changed", async () => {
    const keystore = JSON.parse(readFileSync(file, "utf8")) as { crypto: { cipher: { message: string } } };
    const { cipher } = keystore.crypto;
    cipher.message = cipher.message.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    const changed = path.join(folder, "changed.json");
    writeFileSync(changed, JSON.stringify(keystore));
    await assert.rejects(readKeystore(changed, { password: PASSWORD }), withCode("keystore-password"));
  });

  it("says when there is none", async () => {
    const error = await failure(readKeystore(path.join(folder, "nowhere.json"), { password: PASSWORD }));
    assert.ok(withCode("keystore-missing")(error));
    assert.match(error.message, /quorate init/);
    mkdirSync(path.join(folder, "a-folder"));
    const aFolder = readKeystore(path.join(folder, "a-folder"), { password: PASSWORD });
    await assert.rejects(aFolder, withCode("keystore-missing"));
  });

  type Json = Record<string, unknown> & { crypto: { kdf: { function: string; params: Record<string, unknown> } } };
  const changes: Readonly<Record<string, (keystore: Json) => unknown>> = {
    "no JSON at all": () => "not json",
    "an empty object": () => ({}),
    "another version": (keystore) => ({ ...keystore, version: 3 }),
    "no uuid": (keystore) => ({ ...keystore, uuid: undefined }),
    "another key derivation": (keystore) => {
      keystore.crypto.kdf.function = "pbkdf2";
      return keystore;
    },
    "a key derivation that takes more memory than a node has": (keystore) => {
      keystore.crypto.kdf.params.n = 2 ** 30;
      return keystore;
    },
    "a key derivation that cannot be": (keystore) => {
      keystore.crypto.kdf.params.n = 262_143;
      return keystore;
    },
    "a salt that is not hexadecimal": (keystore) => {
      keystore.crypto.kdf.params.salt = "zz";
      return keystore;
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`is malformed with ${name}`, async () => {
      const changed = path.join(folder, "malformed.json");
      const value = change(JSON.parse(readFileSync(file, "utf8")) as Json);
      writeFileSync(changed, typeof value === "string" ? value : JSON.stringify(value));
      const error = await failure(readKeystore(changed, { password: PASSWORD }));
      assert.ok(withCode("keystore-malformed")(error), textOf(error));
      assert.ok(!textOf(error).includes(PASSWORD));
    });
  }
});
