import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { signManifest } from "../../../core/crypto/manifest-signature.ts";
import {
  type Publisher,
  requirePublisher,
  requireSignature,
  signatureFileOf,
  writeSignature,
} from "../../../node/registry/manifest-signature.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const bytes = new TextEncoder().encode("name: reading\n");
const seed = (fill: number) => new Uint8Array(32).fill(fill);
const [mine, theirs] = [signManifest(bytes, seed(1)), signManifest(bytes, seed(2))];
const me: Publisher = { name: "me", key: mine.key };
const them: Publisher = { name: "them", key: theirs.key };

describe("a manifest's signature file", () => {
  const folder = scratchFolder();
  let files = 0;
  /** A manifest with this text as its signature file. */
  const beside = (text: string) => {
    const file = path.join(folder, `${++files}.yaml`);
    writeFileSync(signatureFileOf(file), text);
    return { file, bytes };
  };
  const written = async (signature = mine) => {
    const file = path.join(folder, `${++files}.yaml`);
    await writeSignature(file, signature);
    return { file, bytes };
  };

  it("lies beside the manifest, and names scheme, key and signature", async () => {
    const manifest = await written();
    const text = readFileSync(`${manifest.file}.sig`, "utf8");
    assert.deepEqual(JSON.parse(text), { scheme: "quorate/manifest/1", ...mine });
    assert.equal(await requireSignature(manifest), mine.key);
  });

  it("tells which of the trusted publishers signed", async () => {
    assert.deepEqual(await requirePublisher(await written(mine), [them, me]), me);
    assert.deepEqual(await requirePublisher(await written(theirs), [them, me]), them);
  });

  it("of somebody else is refused, by name of those who are trusted", async () => {
    const manifest = await written(theirs);
    await assert.rejects(requirePublisher(manifest, [me]), {
      data: { code: "manifest-publisher-unknown", file: manifest.file, key: theirs.key },
      message: new RegExp(`is signed by ${theirs.key}; .* lists me: enter that key if you trust its owner`),
    });
    await assert.rejects(requirePublisher(manifest, []), { message: /lists none/ });
  });

  it("that is not there is refused, with the command that makes one", async () => {
    const manifest = { file: path.join(folder, "unsigned.yaml"), bytes };
    await assert.rejects(requirePublisher(manifest, [me]), {
      data: { code: "manifest-unsigned", file: manifest.file },
      message: /run `quorate module sign .*unsigned\.yaml --key FILE`/,
    });
  });

  it("does not hold for another manifest, nor for one byte more or another byte", async () => {
    const manifest = await written();
    const changed = [Buffer.from("name: readinh\n"), Buffer.concat([bytes, Buffer.from("\n")]), bytes.subarray(1)];
    for (const other of changed) {
      await assert.rejects(requirePublisher({ ...manifest, bytes: other }, [me]), {
        data: { code: "manifest-signature-invalid", file: manifest.file, key: mine.key },
      });
    }
  });

  it("does not hold under the key of a trusted publisher who did not sign", async () => {
    const claimed = await written({ ...theirs, key: mine.key });
    await assert.rejects(requirePublisher(claimed, [me]), withCode("manifest-signature-invalid"));
  });

  for (const [what, text] of [
    ["no JSON", "0x12"],
    ["another scheme", JSON.stringify({ scheme: "quorate/manifest/2", ...mine })],
    ["an unknown field", JSON.stringify({ scheme: "quorate/manifest/1", ...mine, extra: 1 })],
    ["a short key", JSON.stringify({ scheme: "quorate/manifest/1", ...mine, key: "0x12" })],
    ["capitals", JSON.stringify({ scheme: "quorate/manifest/1", ...mine, key: mine.key.toUpperCase() })],
    ["no signature", JSON.stringify({ scheme: "quorate/manifest/1", key: mine.key })],
    ["a flood", " ".repeat(5_000) + JSON.stringify({ scheme: "quorate/manifest/1", ...mine })],
  ] as const) {
    it(`is malformed with ${what}`, async () => {
      await assert.rejects(requirePublisher(beside(text), [me]), withCode("manifest-signature-malformed"));
    });
  }
});
