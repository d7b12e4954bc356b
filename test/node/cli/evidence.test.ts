import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Contract } from "ethers";
import { stringify } from "yaml";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { equivocationCourtAbi } from "../../../node/chain/generated/abi.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { assertFailure, runCli } from "../../support/cli.ts";
import { type DevChain, DEV_CHAIN_ID, startDevChain } from "../../support/dev-chain.ts";
import { createEvidenceFixture, type EvidenceFixture } from "../../support/evidence-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";

const VECTORS = "test/vectors/evidence.json";
const NOWHERE = "http://127.0.0.1:1";

interface Exported {
  readonly kind: Equivocation["kind"];
  readonly member: number;
  readonly signer: Hex;
  readonly transaction?: { readonly to?: Hex; readonly data: Hex };
}

describe("quorate evidence", () => {
  const folder = scratchFolder();
  let chain: DevChain;
  let fixture: EvidenceFixture;
  let config: string;
  let database: ReturnType<typeof openDatabase>;

  const evidence = (...args: readonly string[]) => runCli(["evidence", ...args]);
  const file = (name: string) => path.join(folder, name);

  /** A node's configuration file over its own data directory. */
  function configOf(name: string, rpc: string): string {
    const { registry } = chain.deployment;
    const text = stringify({
      ...{ name, dataDirectory: name, keystore: "keystore.json", password: { env: "NONE" } },
      chain: { rpc, chainId: DEV_CHAIN_ID, registry },
      ...{ p2p: { listen: "/ip4/127.0.0.1/tcp/0" }, modules: ["manifest.yaml"] },
    });
    writeFileSync(file(`${name}.yaml`), text);
    return file(`${name}.yaml`);
  }

  before(async () => {
    chain = await startDevChain({ folder, n: 4, f: 1, lanes: 2 });
    const { registry, hub } = chain.deployment;
    fixture = await createEvidenceFixture({ chainId: BigInt(DEV_CHAIN_ID), registry, hub });
    await chain.configure(fixture.configuration);
    config = configOf("node", chain.rpc);
    database = openDatabase(file("node/quorate.db")); // Open all the while, as by a node that runs.
    const store = createProtocolStore({ configDigest: fixture.configDigest, lanes: 2 }, { database });
    const all = [fixture.proposals(1), fixture.reports(2), fixture.observations(3)];
    store.commit({ bindings: [], epoch: undefined, finals: [], evidence: all });
  });
  after(async () => {
    database.close();
    await chain.stop();
  });

  it("lists what the node witnessed, in words and as JSON, and filters it", async () => {
    const { code, stdout, stderr } = await evidence("list", "--config", config);
    const where = `in epoch 1, round 7 of configuration 1 (${fixture.configDigest.slice(0, 10)}…)`;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(stdout.split("\n").slice(0, 3), [
      `member 1 signed two proposals ${where}`,
      `member 2 signed two reports ${where}`,
      `member 3 signed two observations ${where}`,
    ]);
    const json = await evidence("list", "--config", config, "--json", "--kind", "report");
    const [only, ...others] = JSON.parse(json.stdout) as { configDigest: string; member: number }[];
    assert.deepEqual([only!.configDigest, only!.member, others], [fixture.configDigest, 2, []]);
    const none = await evidence("list", "--config", config, "--configuration", `0x${"00".repeat(32)}`);
    assert.match(none.stdout, /^no evidence in .*quorate\.db/);
  });

  it("exports evidence that convicts exactly the accused, sent by anybody", async () => {
    const { court: address } = chain.deployment;
    const { stdout } = await evidence("export", "--config", config, "--court", address, "--json");
    const exported = JSON.parse(stdout) as readonly Exported[];
    assert.deepEqual(
      exported.map(({ kind, member }) => [kind, member]),
      [
        ["proposal", 1],
        ["report", 2],
        ["observation", 3],
      ],
    );
    const anybody = await chain.provider.getSigner(7);
    for (const { transaction } of exported) {
      if (transaction?.to === undefined) continue;
      await (await anybody.sendTransaction({ to: transaction.to, data: transaction.data })).wait();
    }
    const court = new Contract(address, equivocationCourtAbi, chain.provider);
    assert.equal(await court.getFunction("convictions")(fixture.configDigest), 0b110n);
    assert.equal(exported[2]!.transaction, undefined);
  });

  it("writes a file, says what is in it, and verifies it alone, on the chain and with the court", async () => {
    const out = file("evidence.json");
    const written = await evidence("export", "--config", config, "--member", "2", "--out", out);
    assert.match(
      written.stdout,
      /^member 2 signed two reports .*\n {2}to {4}the court: name it with --court\n {2}data {2}0x/,
    );
    assert.equal((JSON.parse(readFileSync(out, "utf8")) as unknown[]).length, 1);

    const alone = await evidence("verify", out);
    assert.match(alone.stdout, /^✓ member 2 .*\n.*\n.*add --rpc and --registry\n$/);
    const { registry, court } = chain.deployment;
    const onChain = await evidence("verify", out, "--rpc", chain.rpc, "--registry", registry, "--court", court);
    assert.match(
      onChain.stdout,
      /to your registry the configuration is active\n {4}the court has convicted this member already/,
    );
    assert.deepEqual([alone.code, onChain.code], [0, 0]);
  });

  it("does not verify evidence about a committee that the registry does not know", async () => {
    const { registry } = chain.deployment;
    const { code, stdout } = await evidence("verify", VECTORS, "--rpc", chain.rpc, "--registry", registry, "--json");
    const verified = JSON.parse(stdout) as { holds: boolean; registered: string }[];
    assert.deepEqual(
      verified.map(({ holds, registered }) => [holds, registered]),
      Array(3).fill([false, "unknown"]),
    );
    assert.equal(code, 1);
    assert.equal((await evidence("verify", VECTORS)).code, 0);
  });

  it("does not verify what was changed, nor signatures that do not hold", async () => {
    const documents = JSON.parse(readFileSync(VECTORS, "utf8")) as Record<string, unknown>[];
    writeFileSync(file("changed.json"), JSON.stringify([{ ...documents[0], member: 2 }]));
    assertFailure(await evidence("verify", file("changed.json")), "evidence-document-invalid", /member/);
    writeFileSync(file("text.json"), "no JSON");
    assertFailure(await evidence("verify", file("text.json")), "evidence-file-unreadable");
  });

  it("says that there is nothing, where there is nothing", async () => {
    const empty = configOf("empty", NOWHERE);
    openDatabase(file("empty/quorate.db")).close();
    const listed = await evidence("list", "--config", empty);
    assert.match(listed.stdout, /^no evidence in .*: nobody was seen contradicting itself\n$/);
    const exported = await evidence("export", "--config", empty, "--json");
    assert.deepEqual([exported.code, exported.stdout], [0, "[]\n"]);
    assert.match(exported.stderr, /nothing to export/);
  });

  it("names what is missing: a database, the right court, flags that go together", async () => {
    assertFailure(await evidence("list", "--config", configOf("absent", NOWHERE)), "database-missing", /--config/);
    const { hub, registry } = chain.deployment;
    assertFailure(await evidence("export", "--config", config, "--court", registry), "court-unknown", /--court/);
    assertFailure(
      await evidence("export", "--config", config, "--court", `0x${"99".repeat(20)}`),
      "contract-without-code",
    );
    const wrong = await evidence("verify", VECTORS, "--rpc", chain.rpc);
    assert.deepEqual([wrong.code, wrong.stderr.split("\n")[0]], [1, "error: --rpc and --registry go together"]);
    assert.notEqual(hub, registry);
  });
});
