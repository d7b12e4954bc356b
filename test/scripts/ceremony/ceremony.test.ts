import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { ContractFactory } from "ethers";
import { network } from "hardhat";
import * as snarkjs from "snarkjs";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { CeremonyRecord } from "../../../node/app/ceremony-record.ts";
import { contributeRemotely } from "../../../scripts/ceremony/contribute.ts";
import { type ExportedCeremony, exportCeremony } from "../../../scripts/ceremony/export.ts";
import { digestOfFile } from "../../../scripts/ceremony/files/digests.ts";
import { readKeyHistory } from "../../../scripts/ceremony/files/key-file.ts";
import { verifyCeremony } from "../../../scripts/ceremony/verify.ts";
import { ceremonyVerifier } from "../../../scripts/deploy/ceremony-verifier.ts";
import { compile } from "../../../scripts/mutate/compiler.ts";
import { ensureContracts } from "../../../scripts/toolchain/contracts.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { stopSnarkjs } from "../../support/stop-snarkjs.ts";
import {
  BEACON_VALUE,
  contributedPowers,
  copyOf,
  finishedCeremony,
  powersDigest,
  stockSnarkjs,
  tinyCircuit,
  tinyDeps,
} from "../../support/tiny-ceremony.ts";

const scratch = scratchFolder();
let folder: string;
let blake2b: Hex;
let exported: ExportedCeremony;

after(stopSnarkjs);
before(async () => {
  const powers = await contributedPowers(scratch);
  blake2b = await powersDigest(powers);
  folder = await finishedCeremony(scratch, powers);
  const contracts = path.join(scratch, "contracts");
  exported = await exportCeremony({ folder, blake2b, out: path.join(scratch, "out"), contracts }, tinyDeps);
});

describe("a whole ceremony", () => {
  it("verifies, and its transcript tells who did what in which order", async () => {
    const { transcript, finished, transcriptDigest } = await verifyCeremony({ folder, blake2b }, tinyDeps);
    assert.ok(finished);
    assert.equal(transcriptDigest, await digestOfFile(path.join(folder, "transcript.json")));
    const told = transcript.contributions.map(({ index, name, origin }) => ({ index, name, origin }));
    assert.deepEqual(told, [
      { index: 1, name: "Ada", origin: "made" },
      { index: 2, name: "Grace", origin: "received" },
    ]);
    assert.equal(transcript.beacon?.value, BEACON_VALUE);
    assert.deepEqual(transcript.powers.contributions, 2);
  });

  it("leaves nothing behind but the keys, what they were made from, and the transcript", () => {
    const keys = ["0000.zkey", "0001.zkey", "0002.zkey", "0003.zkey"];
    assert.deepEqual(readdirSync(folder).toSorted(), [...keys, "circuit.r1cs", "powers.ptau", "transcript.json"]);
  });

  it("is one that stock snarkjs verifies, with the hashes that the transcript has", async () => {
    const at = (file: string) => path.join(folder, file);
    const output = await stockSnarkjs("zkey", "verify", at("circuit.r1cs"), at("powers.ptau"), at("0003.zkey"));
    assert.match(output, /ZKey Ok!/);
    const printed = output.replaceAll(/\[\w+\]|\s/g, "");
    const { contributions } = await readKeyHistory(at("0003.zkey"));
    for (const { hash } of contributions) assert.ok(printed.includes(hash.slice(2)), hash);
    assert.equal(contributions.length, 3);
  });

  it("verifies with the last key alone, where that is what one has", async () => {
    const partial = await copyOf(folder, path.join(scratch, "partial"));
    for (const name of ["0000.zkey", "0001.zkey", "0002.zkey"]) await rm(path.join(partial, name));
    const { finished } = await verifyCeremony({ folder: partial, blake2b, finalOnly: true }, tinyDeps);
    assert.ok(finished);
  });

  it("never repeats a secret: two contributions of one text to one key differ", async () => {
    const at = (file: string) => path.join(scratch, file);
    const hashes = [];
    for (const file of ["first.zkey", "second.zkey"]) {
      const options = { from: path.join(folder, "0000.zkey"), to: at(file), name: "Ada", text: "the same" };
      const { contribution } = await contributeRemotely(options, tinyDeps);
      hashes.push(contribution.hash);
    }
    assert.notEqual(hashes[0], hashes[1]);
  });
});

describe("an export", () => {
  it("has every file with its digest, and the transcript", async () => {
    const { record } = exported;
    const files: Record<keyof CeremonyRecord["sha256"], string> = {
      ...{ r1cs: "circuit.r1cs", wasm: "circuit.wasm", zkey: "circuit.zkey" },
      verificationKey: "verification-key.json",
    };
    const digestOf = (file: string) => digestOfFile(path.join(exported.folder, file));
    const found = Object.entries(files).map(async ([kind, file]) => [kind, await digestOf(file)] as const);
    assert.deepEqual(Object.fromEntries(await Promise.all(found)), record.sha256);
    assert.equal(record.verifier?.sha256, await digestOf("verifier.sol"));
    assert.equal(record.transcript, await digestOfFile(path.join(exported.folder, "transcript.json")));
    assert.equal(record.sha256.zkey, await digestOfFile(path.join(folder, "0003.zkey")));
    assert.deepEqual(record.verifier.shape, { nMax: 4, k: 3, lanes: 8 });
  });

  it("takes the place of an earlier one, and leaves nothing beside it", async () => {
    const out = path.join(scratch, "again");
    await mkdir(path.join(out, "tiny-n4-k3-v8", "of an earlier export"), { recursive: true });
    const { folder: second, record } = await exportCeremony({ folder, blake2b, out }, tinyDeps);
    assert.deepEqual(readdirSync(out), ["tiny-n4-k3-v8"]);
    assert.deepEqual(readdirSync(second), readdirSync(exported.folder));
    assert.deepEqual(record, exported.record);
  });

  it("makes proofs that its contract accepts on any chain, behind MedianVerifier as deployments have it", async () => {
    const contracts = path.join(scratch, "contracts");
    const verifier = await ceremonyVerifier(path.join(exported.folder, "record.json"), { chainId: 1, contracts });
    assert.equal(verifier.groth16, "CeremonyVerifierTinyN4K3V8");
    assert.equal(verifier.setup, "ceremony");
    await ensureContracts();
    const { ethers } = await network.create({ override: { chainId: 1 } });
    const [account] = await ethers.getSigners();
    const groth16 = await new ContractFactory(...compiledVerifier(exported.verifier!), account).deploy();
    const { shape, verificationKeyDigest } = verifier;
    const median = await ethers.deployContract("MedianVerifier", [
      await groth16.getAddress(),
      shape,
      verificationKeyDigest,
    ]);
    assert.equal(await groth16.getFunction("verificationKeyDigest")(), verificationKeyDigest);
    assert.equal(await groth16.getFunction("ceremonyTranscript")(), exported.record.transcript);
    const { proof, signals } = await tinyProof();
    const [C, x, y] = signals;
    assert.equal(await median.verifyMedian(proof as never, [C, x, y] as never), true);
    assert.equal(await median.verifyMedian(proof as never, [C, x, (y + 1n) % FIELD_MODULUS] as never), false);
  });
});

/** ABI and bytecode, compiled as the project's contracts are. */
function compiledVerifier(file: string): [abi: string[], bytecode: string] {
  const sources = { "verifier.sol": { content: readFileSync(file, "utf8") } };
  const settings = {
    ...{ evmVersion: "osaka", viaIR: true, optimizer: { enabled: true, runs: 100_000 } },
    outputSelection: { "*": { "*": ["evm.bytecode"] } },
  };
  const { contracts } = compile({ language: "Solidity", sources, settings });
  const { object } = contracts!["verifier.sol"]![exported.record.verifier!.contract]!.evm.bytecode;
  const names = ["verificationKeyDigest", "ceremonyTranscript"];
  return [names.map((name) => `function ${name}() view returns (bytes32)`), `0x${object}`];
}

/** A proof that 6·7 = 42 and x·6 + 7 = y, made from the exported files and found good by snarkjs. */
async function tinyProof() {
  const [a, b, x] = [6n, 7n, 123_456_789n];
  const { wasm } = await tinyCircuit();
  const witness: { type: "mem"; data?: Uint8Array } = { type: "mem" };
  const inputs = { a, b, x, C: a * b, y: x * a + b };
  await snarkjs.wtns.calculate(inputs, wasm.path, witness);
  const { proof, publicSignals } = await snarkjs.groth16.prove(path.join(exported.folder, "circuit.zkey"), witness);
  const key = JSON.parse(await readFile(path.join(exported.folder, "verification-key.json"), "utf8")) as object;
  assert.ok(await snarkjs.groth16.verify(key, publicSignals, proof));
  const pair = ([first, second]: readonly string[]) => [BigInt(first!), BigInt(second!)];
  const swapped = ([real, imaginary]: readonly string[]) => [BigInt(imaginary!), BigInt(real!)];
  return {
    proof: { a: pair(proof.pi_a), b: [swapped(proof.pi_b[0]), swapped(proof.pi_b[1])], c: pair(proof.pi_c) },
    signals: publicSignals.map(BigInt) as [bigint, bigint, bigint],
  };
}
