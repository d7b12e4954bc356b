import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { getBytes } from "ethers";
import { pointOnCurve } from "../../../core/crypto/babyjubjub.ts";
import { type ConfigFileOptions, initNode, type KeyOptions } from "../../../node/app/init.ts";
import { readNodeConfig } from "../../../node/config/node-config.ts";
import { createIdentity } from "../../../node/keys/identity.ts";
import { readKeystore } from "../../../node/keys/keystore.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder();
const options = (
  name: string,
  change: Partial<KeyOptions & ConfigFileOptions> = {},
): KeyOptions & ConfigFileOptions => ({
  ...{ directory: path.join(folder, name), name: "node-1", password: "pass", rpc: "http://127.0.0.1:1", chainId: 1 },
  ...{ registry: `0x${"1".repeat(40)}`, pollMs: 1_000, listen: "/ip4/127.0.0.1/tcp/9040", peers: [], adminPort: 1 },
  ...{ passwordSource: { env: "P" }, modules: ["/m/manifest.yaml"], sources: {} },
  ...change,
});

describe("initNode", () => {
  it("makes keys, a configuration that is accepted, and a record of the public keys", async () => {
    const { directory } = options("whole");
    const record = await initNode(options("whole"));
    const config = await readNodeConfig(path.join(directory, "quorate.yaml"));
    const { member, peerId } = await createIdentity(await readKeystore(config.keystore, { password: "pass" }));
    assert.deepEqual([record.member, record.peerId, record.name], [member, peerId, "node-1"]);
    assert.equal(statSync(config.keystore).mode & 0o777, 0o600);
    const text = readFileSync(path.join(directory, "registration.json"), "utf8");
    const written = JSON.parse(text, (key, value: unknown) =>
      /^[xy]$/.test(key) ? BigInt(value as string) : value,
    ) as unknown;
    assert.deepEqual(written, record);
    assert.equal(getBytes(record.member.peerKey).length, 32);
    const eighth = pointOnCurve(record.eighth)!;
    assert.deepEqual(
      eighth.double().double().double().toAffine(),
      member.observer,
      "the witness of the prime subgroup",
    );
  });

  for (const file of ["quorate.yaml", "keystore.json", "registration.json"]) {
    it(`touches nothing where ${file} is already`, async () => {
      const { directory } = options(file);
      mkdirSync(directory);
      writeFileSync(path.join(directory, file), "mine");
      await assert.rejects(initNode(options(file)), withCode("already-initialised"));
      assert.equal(readFileSync(path.join(directory, file), "utf8"), "mine");
      for (const other of ["quorate.yaml", "keystore.json", "registration.json"])
        assert.equal(existsSync(path.join(directory, other)), other === file, other);
    });
  }

  for (const [at, change] of [
    ["name", { name: "Node One" }],
    ["chain.rpc", { rpc: "127.0.0.1:8545" }],
    ["p2p.listen", { listen: "0.0.0.0:1" }],
    ["p2p.peers.0", { peers: ["/ip4/10.0.0.1/tcp/1"] }],
    ["admin.port", { adminPort: 70_000 }],
    ["modules", { modules: [] }],
  ] as const) {
    it(`makes no keys for a configuration that no node could start with: ${at}`, async () => {
      const asked = options(`refused-${at}`, change);
      await assert.rejects(initNode(asked), (error) => {
        assert.ok(withCode("config-invalid")(error));
        assert.ok((error as Error).message.includes(`: ${at}: `), (error as Error).message);
        return true;
      });
      assert.equal(existsSync(path.join(asked.directory, "keystore.json")), false);
    });
  }
});
