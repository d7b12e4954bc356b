import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { CommanderError } from "commander";
import { createProgram } from "../../../scripts/ceremony/program.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { BEACON_VALUE, contributedPowers, powersDigest, tinyDeps } from "../../support/tiny-ceremony.ts";

const scratch = scratchFolder();
const folder = path.join(scratch, "ceremony");
const TEXT = "what nobody must ever read";

/** Runs a command line. @returns what it printed as JSON, and how often it asked for text. */
async function run(...args: readonly string[]): Promise<{ document: Record<string, unknown>; asked: number }> {
  let document: unknown;
  let asked = 0;
  const program = createProgram({
    ...tinyDeps,
    print: (output) => (document = output.document),
    askText: () => Promise.resolve(`${TEXT}${asked++}`),
  });
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync([...args, "--folder", folder, "--json"], { from: "user" });
  return { document: document as Record<string, unknown>, asked };
}

describe("npm run ceremony", () => {
  let powers: string;
  before(async () => (powers = await contributedPowers(scratch)));

  it("goes from init to export, and keeps what a person typed nowhere", async () => {
    const digest = (await powersDigest(powers)).slice(2);
    await run("init", "--circuit", "tiny-n4-k3-v8", "--ptau", powers, "--ptau-blake2b", digest.toUpperCase());
    const own = await run("contribute", "--name", " Ada ", "--text");
    assert.deepEqual([own.document.name, own.document.origin, own.asked], ["Ada", "made", 1]);
    const [from, to] = [path.join(folder, "0001.zkey"), path.join(scratch, "back.zkey")];
    const remote = await run("contribute", "--name", "Grace", "--from", from, "--to", to);
    assert.equal(remote.asked, 0);
    const accepted = await run("accept", to);
    assert.equal(accepted.document.hash, remote.document.hash);
    assert.equal(accepted.document.sha256, remote.document.sha256);
    await run("beacon", "--source", "round 7", "--hash", BEACON_VALUE);
    for (const command of ["verify", "export"]) await assert.rejects(run(command), withCode("powers-unknown"));
    const { document } = await run("verify", "--ptau-blake2b", digest);
    assert.deepEqual([document.valid, document.finished], [true, true]);
    const exported = await run("export", "--ptau-blake2b", `0x${digest}`, "--out", path.join(scratch, "out"));
    const record = exported.document.record as { verifier: { contract: string }; transcript: string };
    assert.equal(record.verifier.contract, "CeremonyVerifierTinyN4K3V8");
    assert.equal(record.transcript, document.transcriptDigest);
    for (const place of [folder, path.join(scratch, "out", "tiny-n4-k3-v8")]) {
      for (const file of readdirSync(place)) assert.ok(!readFileSync(path.join(place, file)).includes(TEXT), file);
    }
  });

  const wrong: readonly (readonly [name: string, args: readonly string[]])[] = [
    ["a contribution without a name", ["contribute"]],
    ["an empty name", ["contribute", "--name", " "]],
    ["a name that snarkjs would cut", ["contribute", "--name", "x".repeat(65)]],
    ["a key to begin with and no place for the new one", ["contribute", "--name", "Ada", "--from", "a.zkey"]],
    ["a beacon from nowhere", ["beacon", "--source", "", "--hash", BEACON_VALUE]],
    ["a beacon's whole story", ["beacon", "--source", "x".repeat(501), "--hash", BEACON_VALUE]],
    ["a short beacon", ["beacon", "--source", "x", "--hash", "5e".repeat(31)]],
    ["a beacon that is no number", ["beacon", "--source", "x", "--hash", "round 7"]],
    ["too few hashes", ["beacon", "--source", "x", "--hash", BEACON_VALUE, "--iterations-exp", "9"]],
    ["more hashes than anybody repeats", ["beacon", "--source", "x", "--hash", BEACON_VALUE, "--iterations-exp", "25"]],
    ["a digest of another length in verify", ["verify", "--ptau-blake2b", "ab"]],
    ["a digest of another length", ["init", "--circuit", "x", "--ptau", "x", "--ptau-blake2b", "ab"]],
  ];
  for (const [name, args] of wrong) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(run(...args), (error: unknown) => error instanceof CommanderError && error.exitCode === 1);
    });
  }

  it("throws what is wrong with a ceremony", async () => {
    await assert.rejects(run("contribute", "--name", "Eve"), withCode("ceremony-ended"));
  });
});
