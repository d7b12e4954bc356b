import assert from "node:assert/strict";
import { bn254 } from "@noble/curves/bn254.js";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Interface } from "ethers";
import {
  type ExportedProof,
  proofDocument,
  type ProofDocument,
  readProofDocument,
} from "../../../core/proof/proof-document.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { openGroth16Key } from "../../../core/proof/groth16.ts";
import type { VerificationKey } from "../../../core/proof/verification-key.ts";
import type { CeremonyRecord } from "../../../node/app/ceremony-record.ts";
import { judgeByChain } from "../../../node/app/proofs/chain-finding.ts";
import { writeSnarkjsFiles } from "../../../node/app/proofs/snarkjs-files.ts";
import { verifyProof } from "../../../node/app/proofs/verify-proof.ts";
import { feedHubAbi } from "../../../node/chain/generated/abi.ts";
import { assertFailure, type CliResult, runCli } from "../../support/cli.ts";
import { type ProvenChain, startProvenChain } from "../../support/proven-chain.ts";
import { scratchFolder } from "../../support/scratch.ts";

const SNARKJS = fileURLToPath(new URL("../../../node_modules/snarkjs/build/cli.cjs", import.meta.url));
const VECTOR = "test/vectors/proof-document.json";
const OTHER: Hex = `0x${"5a".repeat(32)}`;
const FILES = ["verification_key.json", "public.json", "proof.json"] as const;

interface Verification {
  readonly valid: boolean;
  readonly fault?: { readonly code: string; readonly reason: string };
  readonly report?: { readonly sequence: string; readonly feeds: readonly { name: string; value: string }[] };
  readonly checked: readonly string[];
  readonly notChecked: readonly string[];
}

/** The stock command: whether it takes the three files in a folder. */
function snarkjsTakes(folder: string): boolean {
  const { stdout, status } = spawnSync(process.execPath, [SNARKJS, "groth16", "verify", ...FILES], {
    ...{ cwd: folder, encoding: "utf8", timeout: 60_000 },
  });
  const isTaken = stdout.includes("OK!");
  assert.equal(status === 0, isTaken, stdout);
  return isTaken;
}

/** The text with its last digit another one. */
function otherDigit(text: string): string {
  return text.slice(0, -1) + (text.endsWith("1") ? "2" : "1");
}

/** Another key with the same secrets but δ, and the proof that it takes for a proof of the first. */
function rescaled(key: VerificationKey, { c }: ProofDocument["proof"]) {
  const { G1, G2, fields } = bn254;
  const [x, y] = key.vk_delta_2
    .slice(0, 2)
    .map(([c0 = "0", c1 = "0"]) => fields.Fp2.fromBigTuple([BigInt(c0), BigInt(c1)]));
  const delta = G2.Point.fromAffine({ x: x!, y: y! }).double().toAffine();
  const half = fields.Fr.inv(2n);
  const moved = G1.Point.fromAffine({ x: BigInt(c[0]), y: BigInt(c[1]) })
    .multiply(half)
    .toAffine();
  const texts = ({ c0, c1 }: { c0: bigint; c1: bigint }) => [String(c0), String(c1)];
  return {
    key: { ...key, vk_delta_2: [texts(delta.x), texts(delta.y), ["1", "0"]] },
    c: [String(moved.x), String(moved.y)] as const,
  };
}

describe("quorate proof", () => {
  const folder = scratchFolder();
  const file = (name: string) => path.join(folder, name);
  const proof = (...args: readonly string[]) => runCli(["proof", ...args]);
  let network: ProvenChain;
  let transactions: readonly [string, string];
  let place: readonly string[];

  before(async () => {
    network = await startProvenChain(folder);
    transactions = [await network.prove(1, "prove"), await network.prove(2, "transmitProven")];
    place = ["--rpc", network.chain.rpc, "--registry", network.chain.deployment.registry];
  });
  after(() => network.stop());

  async function exported(name: string, ...args: readonly string[]): Promise<ProofDocument> {
    const { code, stderr } = await proof("export", ...place, "--out", file(name), ...args);
    assert.deepEqual([code, stderr], [0, ""]);
    return JSON.parse(readFileSync(file(name), "utf8")) as ProofDocument;
  }

  async function verdict(name: string, ...args: readonly string[]): Promise<Verification & { exit: number | null }> {
    const { code, stdout, stderr } = await proof("verify", name, "--json", ...args);
    assert.equal(stderr, "");
    return { ...(JSON.parse(stdout) as Verification), exit: code };
  }

  /** An export with some of its fields replaced. */
  async function changed(name: string, change: (document: ProofDocument) => object): Promise<string> {
    const document = await exported(name);
    writeFileSync(file(name), JSON.stringify({ ...document, ...change(document) }));
    return file(name);
  }

  it("exports what the chain proved, whichever way it is named, and however it was proven", async () => {
    const [first, second] = [
      await exported("first.json", "--transaction", transactions[0]),
      await exported("second.json"),
    ];
    for (const [round, document] of [first, second].entries()) {
      const { update, configDigest } = network.reportOf(round + 1);
      assert.equal(document.sequence, update.report.sequence.toString());
      assert.deepEqual(document.values, update.feeds.values.map(String));
      assert.equal(document.report.valuesHash, update.report.valuesHash);
      assert.equal(document.report.feedsRoot, update.report.feedsRoot);
      assert.deepEqual([document.configDigest, document.transaction], [configDigest, transactions[round]]);
    }
    assert.deepEqual(await exported("by-sequence.json", "--sequence", first.sequence), first);
    assert.deepEqual(await exported("by-feed.json", "--feed", "BTC/USD"), second);
    const printed = await proof("export", ...place);
    assert.deepEqual(JSON.parse(printed.stdout), second);
  });

  it("export, verify and the stock snarkjs agree: on the chain's proof, and on one with a digit changed", async () => {
    const { sequence } = await exported("good.json");
    const { code, stdout } = await proof("export", ...place, "--format", "snarkjs", "--out", file("snarkjs"));
    assert.deepEqual([code, stdout.includes(`snarkjs groth16 verify ${FILES.join(" ")}`)], [0, true]);
    const good = await verdict(file("good.json"), ...place);
    assert.deepEqual([good.exit, good.valid, good.report?.sequence], [0, true, sequence]);
    assert.equal(snarkjsTakes(file("snarkjs")), true);

    for (const [i, name] of ["public.json", "proof.json"].entries()) {
      const folderOfBad = file(`bad-${i}`);
      cpSync(file("snarkjs"), folderOfBad, { recursive: true });
      const text = readFileSync(path.join(folderOfBad, name), "utf8");
      const digits = /"(\d{20,})"/.exec(text)![1]!;
      writeFileSync(path.join(folderOfBad, name), text.replace(digits, otherDigit(digits)));
      assert.equal(snarkjsTakes(folderOfBad), false, name);
    }
    const point = await changed("point.json", (document) => ({
      proof: { ...document.proof, c: [otherDigit(document.proof.c[0]), document.proof.c[1]] },
    }));
    const bad = await verdict(point);
    assert.deepEqual([bad.exit, bad.valid, bad.fault?.code], [1, false, "point-off-curve"]);
    const value = await changed("value.json", ({ values }) => ({ values: values.with(0, otherDigit(values[0]!)) }));
    assert.equal((await verdict(value)).fault?.code, "proof-document-invalid");
  });

  it("says what was checked and what was not, alone and with a chain", async () => {
    await exported("alone.json");
    const alone = await proof("verify", file("alone.json"));
    assert.match(alone.stdout, /^✓ the proof of report \d+ \(epoch 1, round 2 of configuration 1\) holds\n/);
    assert.match(alone.stdout, /BTC\/USD {4}67124\.02\n/);
    assert.match(alone.stdout, /not checked {2}whether any registry knows this committee.*--configuration\n/);
    assert.match(alone.stdout, /not checked {2}whether the chain checks .* with this verification key/);
    assert.match(alone.stdout, /not checked {2}whether f\+1 members signed this very report/);

    const named = await verdict(file("alone.json"), "--configuration", network.configDigest, "--key", network.keyFile);
    assert.ok(named.valid && !named.notChecked.some((line) => line.includes("any registry")));
    const onChain = await verdict(file("alone.json"), ...place);
    assert.equal(
      onChain.checked.filter((line) => /which is active|with this key|the hub took this report/.test(line)).length,
      3,
    );
    assert.deepEqual(
      onChain.notChecked.map((line) => line.split(":")[0]),
      ["whether there is a newer report"],
    );
  });

  it("says how many members signed only where it knows the key's circuit", async () => {
    const good = await exported("known.json");
    const given = JSON.parse(readFileSync(network.keyFile, "utf8")) as VerificationKey;
    const { key, c } = rescaled(given, good.proof);
    const { digest } = openGroth16Key(key);
    const circuit = { ...good.circuit, verificationKeyDigest: digest };
    writeFileSync(file("other-key.json"), JSON.stringify(key));
    writeFileSync(file("other.json"), JSON.stringify({ ...good, circuit, proof: { ...good.proof, c } }));
    const keyed = ["--key", file("other-key.json")];
    const about = ({ notChecked }: Verification) => notChecked.filter((line) => line.includes("2f+1 = 3 members"));

    const unknown = await verdict(file("other.json"), ...keyed);
    assert.deepEqual([unknown.valid, about(unknown).length], [true, 1]);
    assert.match(
      unknown.checked[0] ?? "",
      /what as many of the committee's 4 members as this key's circuit takes signed/,
    );

    const record: CeremonyRecord = {
      ...{ format: "quorate.ceremony-record/1", circuit: "mine", verificationKeyDigest: digest, transcript: OTHER },
      sha256: { r1cs: OTHER, wasm: OTHER, zkey: OTHER, verificationKey: OTHER },
      verifier: { contract: "Mine", shape: { nMax: 4, k: 3, lanes: 8 }, sha256: OTHER },
    };
    const withRecord = (change: Partial<CeremonyRecord>) => {
      writeFileSync(file("record.json"), JSON.stringify({ ...record, ...change }));
      return ["--ceremony", file("record.json"), ...keyed];
    };
    const known = await verdict(file("other.json"), ...withRecord({}));
    assert.deepEqual([known.valid, about(known).length], [true, 0]);
    assert.match(known.checked[0] ?? "", /what 3 of the committee's 4 members signed/);
    assert.match(known.checked.join(), /the one that the named ceremony made for mine/);
    for (const shape of [
      { nMax: 4, k: 1, lanes: 8 },
      { nMax: 7, k: 3, lanes: 8 },
      { nMax: 4, k: 3, lanes: 9 },
    ]) {
      const verifier = { contract: "Mine", shape, sha256: OTHER };
      const unfit = await verdict(file("other.json"), ...withRecord({ verifier }));
      assert.deepEqual([unfit.exit, unfit.fault?.code], [1, "circuit-does-not-fit"]);
    }
    for (const change of [{ verificationKeyDigest: OTHER }, { verifier: null }]) {
      const { code, stderr } = await proof("verify", file("other.json"), ...withRecord(change));
      assert.deepEqual([code, stderr.includes("[ceremony-of-another-key]")], [2, true]);
    }
  });

  it("has a verdict on a document that no export can have written", async () => {
    const good = readProofDocument(await exported("decimals.json"));
    const feeds = good.configuration.feeds.map((feed) => ({ ...feed, decimals: 19 }));
    const strange = proofDocument({ ...good, configuration: { ...good.configuration, feeds } });
    writeFileSync(file("strange.json"), JSON.stringify(strange));
    const { exit, fault } = await verdict(file("strange.json"));
    assert.deepEqual([exit, fault?.code], [1, "proof-document-invalid"]);
    assert.match(fault?.reason ?? "", /at most 18 decimals/);
  });

  it("has a verdict on a transaction whose bytes are no report of the committee", async (test) => {
    const { provider, deployment } = network.chain;
    const good = readProofDocument(await exported("calldata.json", "--transaction", transactions[1]));
    const hub = new Interface(feedHubAbi);
    const sent = (await provider.getTransaction(transactions[1]))!;
    const call = hub.parseTransaction(sent)!;
    const answer = { to: sent.to, data: "" };
    test.mock.method(provider, "getTransaction", () => Promise.resolve(answer));
    const codeWith = async (data: string) => {
      answer.data = data;
      return (await judgeByChain(good, { provider, registry: deployment.registry })).fault?.code;
    };
    assert.equal(await codeWith(sent.data), undefined);
    const update = call.args.getValue("update") as string;
    const withUpdate = (bytes: string) => hub.encodeFunctionData("transmitProven", [bytes, ...call.args.slice(1)]);
    for (const data of [
      ...["0x", "0x12", update.slice(0, 60), update.slice(0, -400)].map(withUpdate),
      sent.data.slice(0, 10),
      sent.data.slice(0, 200),
      `0x12345678${sent.data.slice(10)}`,
    ])
      assert.equal(await codeWith(data), "transaction-differs", data.slice(0, 80));
  });

  it("leaves no proof beside files of another one, wherever it was interrupted", async () => {
    const exportedProof = readProofDocument(await exported("whole.json"));
    const key: unknown = JSON.parse(readFileSync(network.keyFile, "utf8"));
    for (const blocked of FILES) {
      const folderOfBlocked = file(`blocked-${blocked}`);
      await writeSnarkjsFiles(exportedProof, { folder: folderOfBlocked, key });
      assert.deepEqual(readdirSync(folderOfBlocked), FILES.toSorted());
      // No file can be renamed to a folder's name.
      rmSync(path.join(folderOfBlocked, blocked));
      mkdirSync(path.join(folderOfBlocked, blocked, "in-the-way"), { recursive: true });
      await assert.rejects(writeSnarkjsFiles(exportedProof, { folder: folderOfBlocked, key }));
      assert.ok(!existsSync(path.join(folderOfBlocked, "proof.json")) || blocked === "proof.json");
      assert.ok(readdirSync(folderOfBlocked).every((name) => !name.startsWith(".")));
    }
  });

  it("does not verify another committee's proof, nor one that the chain does not know", async () => {
    assert.deepEqual([(await verdict(VECTOR)).exit, (await verdict(VECTOR, ...place)).exit], [0, 1]);
    assert.equal((await verdict(VECTOR, ...place)).fault?.code, "configuration-not-in-force");
    assert.equal((await verdict(VECTOR, "--configuration", OTHER)).fault?.code, "other-configuration");
    const forged = await changed("forged.json", () => ({ transaction: OTHER }));
    assert.equal((await verdict(forged)).valid, true);
    assert.equal((await verdict(forged, ...place)).fault?.code, "transaction-differs");
    const moved = await changed("moved.json", () => ({ transaction: transactions[0] }));
    assert.match((await verdict(moved, ...place)).fault?.reason ?? "", /proved another report/);
  });

  it("holds a document against the chain: id, verifier and room of its circuit", async () => {
    const { provider, deployment } = network.chain;
    const good = readProofDocument(await exported("by-hand.json"));
    const findingOn = async (change: Partial<ExportedProof>) =>
      (await judgeByChain({ ...good, ...change }, { provider, registry: deployment.registry })).fault?.code;
    assert.equal(await findingOn({}), undefined);
    assert.equal(await findingOn({ domain: { ...good.domain, chainId: 1n } }), "other-chain");
    assert.equal(await findingOn({ verificationKeyDigest: OTHER }), "verifier-differs");
    assert.equal(await findingOn({ nMax: 7 }), "verifier-differs");
  });

  it("does not take a development key elsewhere, nor a circuit that is not for this committee", async () => {
    const good = readProofDocument(await exported("alike.json"));
    const codeOf = async (change: Partial<ExportedProof>) =>
      (await verifyProof(proofDocument({ ...good, ...change }), {})).fault?.code;
    assert.equal(await codeOf({ domain: { ...good.domain, chainId: 1n } }), "development-key");
    assert.equal(await codeOf({ configuration: { ...good.configuration, f: 2 } }), "circuit-does-not-fit");
    assert.equal(await codeOf({ nMax: 7 }), "circuit-does-not-fit");
  });

  it("has no verdict, and exit code 2, without a key, a file or an answer", async () => {
    const none = (result: CliResult, error: string) => {
      assert.match(result.stderr, new RegExp(`^quorate: [^\\n]+ \\[${error}\\]\\n$`));
      assert.deepEqual([result.code, result.stdout], [2, ""]);
    };
    const strange = await changed("key.json", ({ circuit }) => ({
      circuit: { ...circuit, verificationKeyDigest: OTHER },
    }));
    none(await proof("verify", strange), "verification-key-unknown");
    assert.equal((await verdict(strange, "--key", network.keyFile)).fault?.code, "other-verification-key");
    none(await proof("verify", file("nowhere.json")), "proof-file-unreadable");
    none(await proof("verify", VECTOR, "--key", VECTOR), "verification-key-invalid");
    const nowhere = ["--rpc", "http://127.0.0.1:1", "--registry", network.chain.deployment.registry];
    none(await proof("verify", VECTOR, ...nowhere), "chain-silent");
    for (const args of [["--rpc", network.chain.rpc], ["--fast"], ["--configuration", "0x12"]])
      assert.equal((await proof("verify", VECTOR, ...args)).code, 2, args.join(" "));
    assert.equal((await proof("verify")).code, 2);
  });

  it("exports nothing where there is nothing, and says what to do", async () => {
    const attempt = (...args: readonly string[]) => proof("export", ...place, ...args);
    assertFailure(await attempt("--sequence", "12345"), "proof-not-found", /look back further with --blocks/);
    assertFailure(await attempt("--feed", "DOGE/USD"), "feed-not-proven");
    assertFailure(await attempt("--feed", "EUR/USD"), "feed-not-proven");
    assertFailure(await attempt("--feed", "x".repeat(40)), "feed-name-too-long");
    assertFailure(await attempt("--transaction", OTHER), "transaction-proves-nothing");
    assertFailure(
      await attempt("--sequence", network.reportOf(1).update.report.sequence.toString(), "--blocks", "1"),
      "proof-not-found",
    );
    assertFailure(
      await proof("export", "--rpc", network.chain.rpc, "--registry", `0x${"12".repeat(20)}`),
      "contract-without-code",
    );
    const wrongKey = file("wrong-key.json");
    const key = JSON.parse(readFileSync(network.keyFile, "utf8")) as { IC: unknown[] };
    writeFileSync(wrongKey, JSON.stringify({ ...key, IC: key.IC.toReversed() }));
    const keyed = ["--format", "snarkjs", "--out", file("none"), "--key", wrongKey];
    assertFailure(await attempt(...keyed), "verification-key-other");
    const forwarded = await network.prove(3, "forwarded");
    assertFailure(await attempt("--transaction", forwarded), "proof-not-in-calldata");
    assert.match((await attempt("--format", "snarkjs")).stderr, /needs a folder: add --out/);
    assert.match((await attempt("--key", network.keyFile)).stderr, /--key is for --format snarkjs/);
    assert.match((await attempt("--sequence", "1", "--feed", "BTC/USD")).stderr, /cannot be used with/);
  });
});
