import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import artifactRecords from "../../../circuits/artifacts.json" with { type: "json" };
import type { Hex } from "../../../core/types/hex.ts";
import type { CeremonyRecord } from "../../../node/app/ceremony-record.ts";
import { VERIFIERS } from "../../../scripts/circuits/paths.ts";
import { keyDigestOf, withConstants } from "../../../scripts/circuits/verifier-source.ts";
import { ceremonyVerifier } from "../../../scripts/deploy/ceremony-verifier.ts";
import { readDescription } from "../../../scripts/deploy/description.ts";
import { writtenVerifier } from "../../../scripts/deploy/written-verifier.ts";
import { CEREMONY, describedDeployment, writeDescription } from "../../support/described-deployment.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const CONTRACT = "CeremonyVerifierTest";
const SOME = `0x${"12".repeat(32)}` as const;
const CHAIN = 1;

const development = readFileSync(path.join(VERIFIERS, "Groth16VerifierMedianN4K3V8.sol"), "utf8");
const developmentDigest = artifactRecords["median-n4-k3-v8"].verificationKeyDigest as Hex;
/** The development key under another name. */
const renamed = development.replace("Groth16VerifierMedianN4K3V8", CONTRACT);
/** As if another ceremony had made it: nobody looks at the points here. */
const ownKey = renamed.replace(/(alphax +=) \d+/, "$1 5");
/** The development key with a contribution: α, β and τ stay public. */
const contributed = renamed.replace(/(deltax1 +=) \d+/, "$1 5");
const ownDigest = keyDigestOf(ownKey)!;
const exported = (source: string, verificationKeyDigest: Hex, transcript: Hex = SOME) =>
  withConstants(source, { contract: CONTRACT, verificationKeyDigest, transcript });
const own = exported(ownKey, ownDigest);

function recordOf(source: string, verificationKeyDigest: Hex): CeremonyRecord {
  const sha256 = `0x${createHash("sha256").update(source).digest("hex")}` as const;
  return {
    ...{ format: "quorate.ceremony-record/1", circuit: "median-n4-k3-v8" },
    ...{ verificationKeyDigest, transcript: SOME },
    sha256: { r1cs: SOME, wasm: SOME, zkey: SOME, verificationKey: SOME },
    verifier: { contract: CONTRACT, shape: { nMax: 4, k: 3, lanes: 8 }, sha256 },
  };
}

describe("ceremonyVerifier", () => {
  const scratch = scratchFolder();
  const contracts = path.join(scratch, "contracts");
  const installed = path.join(contracts, `${CONTRACT}.sol`);
  const file = path.join(scratch, "record.json");
  mkdirSync(contracts);

  /** Reads a record, beside a source that was installed. */
  function read(record: CeremonyRecord, source: string, chainId = CHAIN) {
    writeFileSync(file, JSON.stringify(record));
    writeFileSync(installed, source);
    return ceremonyVerifier(file, { chainId, contracts });
  }

  it("is what the record says, where its source lies among the contracts", async () => {
    assert.deepEqual(await read(recordOf(own, ownDigest), own), {
      ...{ groth16: CONTRACT, shape: { nMax: 4, k: 3, lanes: 8 }, verificationKeyDigest: ownDigest, setup: "ceremony" },
    });
  });

  it("is refused where that source is another, or missing", async () => {
    await assert.rejects(read(recordOf(own, ownDigest), `${own}\n`), withCode("verifier-not-installed"));
    rmSync(installed);
    await assert.rejects(ceremonyVerifier(file, { chainId: CHAIN, contracts }), withCode("verifier-not-installed"));
  });

  it("is refused where the circuit has none", async () => {
    const record = { ...recordOf(own, ownDigest), verifier: null };
    await assert.rejects(read(record, own), withCode("circuit-without-verifier"));
  });

  const anything = `${renamed.slice(0, renamed.indexOf("assembly"))}return true; } }\n`;
  const refusals: readonly (readonly [name: string, code: string, source: string, digest: Hex, chainId?: number])[] = [
    ["another key than the record names", "verifier-differs", own, SOME],
    ["the development key under any digest", "development-verifier", exported(renamed, SOME), SOME],
    ["the same on a development chain", "verifier-differs", exported(renamed, SOME), SOME, 31337],
    ["the development key under its digest", "development-verifier", exported(renamed, SOME), developmentDigest],
    ["the development key after a contribution", "development-verifier", exported(contributed, SOME), SOME],
    ["another key under the development key's digest", "development-verifier", own, developmentDigest],
    ["a contract that names another key than it has", "verifier-foreign", exported(ownKey, SOME), ownDigest],
    [
      "a contract of another ceremony",
      "verifier-foreign",
      exported(ownKey, ownDigest, `0x${"34".repeat(32)}`),
      ownDigest,
    ],
    ["a contract that names no key", "verifier-foreign", ownKey, ownDigest],
    ["a contract of another name", "verifier-foreign", own.replace(CONTRACT, "Other"), ownDigest],
    [
      "a contract that has the key and takes anything",
      "verifier-foreign",
      exported(anything, SOME),
      keyDigestOf(anything)!,
      31337,
    ],
    ["other code", "verifier-foreign", "contract CeremonyVerifierTest {}", SOME],
  ];
  for (const [name, code, source, digest, chainId] of refusals) {
    it(`refuses ${name}: ${code}`, async () => {
      await assert.rejects(read(recordOf(source, digest), source, chainId), withCode(code));
    });
  }

  it("is found from a description, relative to it", async () => {
    const { written } = describedDeployment();
    written.verifier = { setup: "ceremony", record: "record.json" };
    writeFileSync(file, JSON.stringify(recordOf(own, ownDigest)));
    // The project's contracts have no such verifier, and the message says where it belongs.
    await assert.rejects(readDescription(writeDescription(scratch, written)), withCode("verifier-not-installed"));
  });
});

describe("writtenVerifier", () => {
  const contracts = scratchFolder();
  mkdirSync(path.join(contracts, "mine"));
  const read = (source: string, verificationKeyDigest: Hex, chainId = CHAIN) => {
    writeFileSync(path.join(contracts, "mine", "Own.sol"), source);
    return writtenVerifier(
      { ...CEREMONY, setup: "ceremony", contract: CONTRACT, verificationKeyDigest },
      { chainId, contracts },
    );
  };

  it("is what the description says, where its source has that key, or none that we know", async () => {
    for (const [source, digest] of [
      [ownKey, ownDigest],
      ["contract CeremonyVerifierTest is Another {}", SOME],
      [development, SOME], // another contract
    ] as const)
      assert.equal((await read(source, digest)).verificationKeyDigest, digest);
  });

  const refusals: readonly (readonly [name: string, code: string, source: string, digest: Hex, chainId?: number])[] = [
    ["another key than is described", "verifier-differs", ownKey, SOME],
    ["another key, however it is set", "verifier-differs", ownKey.replaceAll(/ +/g, " ").replaceAll("= ", "=\n"), SOME],
    ["the development key under any digest", "development-verifier", renamed, SOME],
    ["the same after a contribution", "development-verifier", contributed, keyDigestOf(contributed)!],
    ["the same on a development chain", "verifier-differs", renamed, SOME, 31337],
  ];
  for (const [name, code, source, digest, chainId] of refusals) {
    it(`refuses ${name}: ${code}`, async () => {
      await assert.rejects(read(source, digest, chainId), withCode(code));
    });
  }
});

describe("keyDigestOf", () => {
  it("is the digest that the build recorded, of every development verifier", () => {
    for (const [name, { verificationKeyDigest, sha256 }] of Object.entries(artifactRecords)) {
      if (!("verifier" in sha256)) continue;
      const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
      const source = readFileSync(path.join(VERIFIERS, `Groth16Verifier${words.join("")}.sol`), "utf8");
      assert.equal(keyDigestOf(source), verificationKeyDigest, name);
    }
  });

  it("is none of a source without all of a key", () => {
    assert.equal(keyDigestOf(development.replace("gammay2", "gammay3")), undefined);
    assert.equal(keyDigestOf(development.replace("IC0x", "IC9x")), undefined);
    assert.equal(keyDigestOf(development.replace("IC2y", "IC9y")), undefined);
    assert.equal(keyDigestOf(""), undefined);
  });
});
