import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { applyBeacon } from "../../../scripts/ceremony/beacon.ts";
import { accept, contribute, contributeRemotely } from "../../../scripts/ceremony/contribute.ts";
import { exportCeremony } from "../../../scripts/ceremony/export.ts";
import { beginCeremony, type InitOptions } from "../../../scripts/ceremony/init.ts";
import { readTranscript } from "../../../scripts/ceremony/transcript.ts";
import { verifyCeremony } from "../../../scripts/ceremony/verify.ts";
import { directSetup } from "../../../scripts/circuits/setup/development-setup.ts";
import { developmentWaste } from "../../../scripts/circuits/setup/toxic-waste.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";
import {
  BEACON_VALUE,
  contributedPowers,
  copyOf,
  finishedCeremony,
  otherCircuit,
  powersDigest,
  stockSnarkjs,
  TINY_POWER,
  tinyCircuit,
  tinyDeps,
} from "../../support/tiny-ceremony.ts";
import { sectionOf, spliced, withSection } from "./support/section-bytes.ts";

const scratch = scratchFolder();
const at = (name: string) => path.join(scratch, name);
let powers: string;
let finished: string;
/** A ceremony of one contribution, by Ada. */
let begun: string;
let copies = 0;

before(async () => {
  powers = await contributedPowers(scratch);
  finished = await finishedCeremony(scratch, powers);
  begun = await copyOf(finished, at("begun"), (transcript) => {
    transcript.contributions.pop();
    transcript.beacon = null;
  });
  for (const name of ["0002.zkey", "0003.zkey"]) rmSync(path.join(begun, name));
});

const beginAgain = () => copyOf(begun, at(`begun-${copies++}`));

describe("init", () => {
  const init = async (change: Partial<InitOptions>) =>
    beginCeremony(
      {
        ...{ folder: at(`init-${copies++}`), circuit: "tiny-n4-k3-v8", powers },
        blake2b: await powersDigest(powers),
        ...change,
      },
      tinyDeps,
    );

  it("says that a ceremony was begun already, and leaves it alone", async () => {
    const before = await readTranscript(begun);
    await assert.rejects(init({ folder: begun }), withCode("already-begun"));
    assert.deepEqual(await readTranscript(begun), before);
  });

  it("begins one ceremony in a folder, however many are asked for at once", async () => {
    const folder = at("init-twice");
    const outcomes = await Promise.allSettled([init({ folder }), init({ folder })]);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    assert.deepEqual(refusals.map(withCode("already-begun")), [true]);
  });

  it("asks whose powers of tau these are, where it does not know them", async () => {
    const digest = await powersDigest(powers);
    await assert.rejects(init({ blake2b: undefined }), (error: Error) => {
      assert.ok(withCode("powers-unknown")(error));
      return error.message.includes(digest);
    });
  });

  it("verifies unknown powers of tau even where it is told to trust digests", async () => {
    assert.equal((await init({ trustDigest: true })).powers.checked, "whole");
  });

  it("refuses powers of tau with another digest than the announced one", async () => {
    await assert.rejects(init({ blake2b: `0x${"ab".repeat(64)}` }), withCode("powers-differ"));
  });

  it("refuses powers of tau before phase 2, without contributions, too small, cut off, or of another format", async () => {
    await assert.rejects(init({ powers: at("ended.ptau") }), withCode("powers-unprepared"));
    // Contributions 0, otherwise as they were.
    writeFileSync(at("uncontributed.ptau"), spliced(powers, { section: 7, at: 0, bytes: Buffer.alloc(4) }));
    await assert.rejects(init({ powers: at("uncontributed.ptau") }), withCode("powers-uncontributed"));
    assert.equal(sectionOf(powers, 1).readUInt32LE(36), TINY_POWER);
    writeFileSync(at("small.ptau"), spliced(powers, { section: 1, at: 36, bytes: Buffer.of(3) }));
    await assert.rejects(init({ powers: at("small.ptau") }), withCode("powers-too-small"));
    writeFileSync(at("cut.ptau"), readFileSync(powers).subarray(0, -1));
    await assert.rejects(init({ powers: at("cut.ptau") }), withCode("file-malformed"));
    await assert.rejects(init({ powers: path.join(begun, "0000.zkey") }), withCode("file-malformed"));
    await assert.rejects(init({ powers: at("none.ptau") }), withCode("file-missing"));
  });
});

describe("accept", () => {
  /** What a participant sends back, made by stock snarkjs from a key of the ceremony. */
  async function returnedFrom(key: string, name = "Grace"): Promise<string> {
    const file = at(`returned-${copies++}.zkey`);
    await stockSnarkjs("zkey", "contribute", key, file, `--name=${name}`, "-e=text");
    return file;
  }

  it("takes what a participant made with nothing but the last key", async () => {
    const folder = await beginAgain();
    const file = at("remote.zkey");
    const from = path.join(folder, "0001.zkey");
    const outcome = await contributeRemotely({ from, to: file, name: "Édouard", text: "" }, tinyDeps);
    assert.deepEqual(
      outcome.builtOn.map(({ name }) => name),
      ["Ada"],
    );
    const { contributions } = await accept({ folder, file }, tinyDeps);
    const { name, hash, sha256, origin } = contributions[1]!;
    assert.deepEqual(
      { name, hash, sha256, origin },
      {
        ...{ name: "Édouard", hash: outcome.contribution.hash, sha256: outcome.sha256, origin: "received" },
      },
    );
    await assert.rejects(accept({ folder, file }, tinyDeps), withCode("already-accepted"));
    await assert.rejects(
      contributeRemotely({ from, to: file, name: "Édouard", text: "" }, tinyDeps),
      withCode("file-exists"),
    );
  });

  const refusals: Record<string, { code: string; file: (folder: string) => Promise<string> }> = {
    "a contribution to an earlier key": { code: "not-descended", file: (f) => returnedFrom(path.join(f, "0000.zkey")) },
    "two contributions at once": {
      code: "not-descended",
      file: async (f) => returnedFrom(await returnedFrom(path.join(f, "0001.zkey"))),
    },
    "a key to which nothing was added": {
      code: "not-descended",
      file: (f) => Promise.resolve(path.join(f, "0000.zkey")),
    },
    "a beacon": {
      code: "beacon-misplaced",
      async file(f) {
        await stockSnarkjs(
          "zkey",
          "beacon",
          path.join(f, "0001.zkey"),
          at("b.zkey"),
          BEACON_VALUE.slice(2),
          "10",
          "-n=b",
        );
        return at("b.zkey");
      },
    },
    "a key of another circuit": {
      code: "circuit-differs",
      async file() {
        await stockSnarkjs("groth16", "setup", (await otherCircuit()).r1cs.path, powers, at("other.zkey"));
        return returnedFrom(at("other.zkey"));
      },
    },
    "a development key": { code: "development-key", file: developmentKey },
    "a development key with a contribution": {
      code: "development-key",
      file: async () => returnedFrom(await developmentKey()),
    },
    "an earlier contribution under another name": {
      code: "not-descended",
      async file(f) {
        const file = await returnedFrom(path.join(f, "0001.zkey"));
        writeFileSync(
          file,
          spliced(file, { section: 10, at: sectionOf(file, 10).indexOf("Ada"), bytes: Buffer.from("Eva") }),
        );
        return file;
      },
    },
    "a contribution that does not make its key": {
      code: "key-invalid",
      async file(f) {
        const file = await returnedFrom(path.join(f, "0001.zkey"));
        writeFileSync(file, spliced(file, { section: 8, at: 0, bytes: sectionOf(path.join(f, "0001.zkey"), 8) }));
        return file;
      },
    },
    "a file that is cut off": {
      code: "file-malformed",
      async file(f) {
        const file = await returnedFrom(path.join(f, "0001.zkey"));
        writeFileSync(file, readFileSync(file).subarray(0, -3));
        return file;
      },
    },
    "a file that is not there": { code: "file-missing", file: () => Promise.resolve(at("nowhere.zkey")) },
  };
  for (const [name, { code, file }] of Object.entries(refusals)) {
    it(`refuses ${name}, and leaves the ceremony as it was: ${code}`, async () => {
      const folder = await beginAgain();
      const [files, transcript] = [readdirSync(folder), await readTranscript(folder)];
      await assert.rejects(accept({ folder, file: await file(folder) }, tinyDeps), withCode(code));
      assert.deepEqual([readdirSync(folder), await readTranscript(folder)], [files, transcript]);
    });
  }

  /** What snarkjs would write in another form, or not at all, when the next participant contributes. */
  const foreignParameters: Record<string, Buffer> = {
    "a name that is no UTF-8": Buffer.of(1, 1, 0xff),
    "a name that begins with a byte order mark": Buffer.concat([Buffer.of(1, 6), Buffer.from("\ufeffAda")]),
    "an empty name": Buffer.of(1, 0),
    "a name of 65 characters": Buffer.concat([Buffer.of(1, 65), Buffer.alloc(65, "x")]),
    "two names": Buffer.concat([Buffer.of(1, 1, 65), Buffer.of(1, 1, 66)]),
    "a beacon's iterations": Buffer.of(1, 1, 65, 2, 10),
    "a beacon's value": Buffer.of(1, 1, 65, 3, 1, 0),
    "a parameter of no known type": Buffer.of(1, 1, 65, 4, 0),
    "a parameter without its length": Buffer.of(1),
  };
  for (const [name, parameters] of Object.entries(foreignParameters)) {
    it(`refuses a contribution with ${name}, which would end the ceremony for all: file-malformed`, async () => {
      const folder = await beginAgain();
      const file = await returnedFrom(path.join(folder, "0001.zkey"));
      const section = sectionOf(file, 10);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(parameters.length);
      const kept = section.subarray(0, section.length - 4 - Buffer.of(1, 5, ...Buffer.from("Grace")).length);
      writeFileSync(file, withSection(file, 10, Buffer.concat([kept, length, parameters])));
      const files = readdirSync(folder);
      await assert.rejects(accept({ folder, file }, tinyDeps), withCode("file-malformed"));
      assert.deepEqual(readdirSync(folder), files);
    });
  }

  it("takes a contribution without a name, and 64 characters of several bytes each", async () => {
    const folder = await beginAgain();
    const nameless = await returnedFrom(path.join(folder, "0001.zkey"), "");
    await accept({ folder, file: nameless }, tinyDeps);
    const long = await returnedFrom(path.join(folder, "0002.zkey"), "文".repeat(70));
    const { contributions } = await accept({ folder, file: long }, tinyDeps);
    assert.deepEqual(
      contributions.map(({ name }) => name),
      ["Ada", "", "文".repeat(64)],
    );
  });

  async function developmentKey(): Promise<string> {
    const { r1cs } = await tinyCircuit();
    const { zkey } = await directSetup({ r1cs: readFileSync(r1cs.path), waste: developmentWaste() });
    writeFileSync(at("development.zkey"), zkey);
    return at("development.zkey");
  }
});

describe("a step", () => {
  const beacon = { source: "round 7", value: BEACON_VALUE, iterationsExp: 10 } as const;

  it("is refused after the beacon, a second beacon too", async () => {
    for (const step of [
      () => contribute({ folder: finished, name: "Eve", text: "" }, tinyDeps),
      () => accept({ folder: finished, file: at("returned.zkey") }, tinyDeps),
      () => applyBeacon({ folder: finished, ...beacon }, tinyDeps),
    ])
      await assert.rejects(step, withCode("ceremony-ended"));
    const finalKey = path.join(finished, "0003.zkey");
    const remote = contributeRemotely({ from: finalKey, to: at("late.zkey"), name: "Eve", text: "" }, tinyDeps);
    await assert.rejects(remote, withCode("beacon-misplaced"));
  });

  it("takes up a ceremony where a run died: between key and entry, or amid a key", async () => {
    const folder = await beginAgain();
    copyFileSync(path.join(finished, "0002.zkey"), path.join(folder, "0002.zkey"));
    writeFileSync(path.join(folder, ".0002.zkey.999999999"), "half");
    writeFileSync(path.join(folder, ".lock"), "999999999");
    const blake2b = await powersDigest(powers);
    await assert.rejects(verifyCeremony({ folder, blake2b }, tinyDeps), withCode("transcript-differs"));
    await contribute({ folder, name: "Grace", text: "" }, tinyDeps);
    assert.equal((await readTranscript(folder)).contributions.length, 2);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith(".")),
      [],
    );
    assert.equal((await verifyCeremony({ folder, blake2b }, tinyDeps)).finished, false);
  });

  it("is refused on a folder whose last key or powers of tau were altered, or that has no transcript", async () => {
    const altered = await beginAgain();
    writeFileSync(path.join(altered, "0001.zkey"), "");
    await assert.rejects(contribute({ folder: altered, name: "Eve", text: "" }, tinyDeps), withCode("file-altered"));
    const other = await beginAgain();
    copyFileSync(at("ended.ptau"), path.join(other, "powers.ptau"));
    await assert.rejects(contribute({ folder: other, name: "Eve", text: "" }, tinyDeps), withCode("powers-differ"));
    const none = contribute({ folder: at("nowhere"), name: "Eve", text: "" }, tinyDeps);
    await assert.rejects(none, withCode("transcript-missing"));
  });

  it("leaves no key behind where its entry could not be written", async () => {
    const folder = await beginAgain();
    const files = readdirSync(folder);
    const speechless = applyBeacon({ folder, ...beacon, source: "x".repeat(501) }, tinyDeps);
    await assert.rejects(speechless, withCode("transcript-malformed"));
    assert.deepEqual(readdirSync(folder), files);
  });

  it("says in snarkjs' own words what it refuses", async () => {
    const folder = await beginAgain();
    const long = applyBeacon({ folder, ...beacon, value: `0x${"5e".repeat(256)}` }, tinyDeps);
    await assert.rejects(
      long,
      (error: Error) => withCode("snarkjs-failed")(error) && error.message.includes("255 bytes"),
    );
  });

  it("is refused out of order: a beacon without contributions, an export without a beacon", async () => {
    const folder = await copyOf(begun, at("empty"), (transcript) => (transcript.contributions = []));
    rmSync(path.join(folder, "0001.zkey"));
    await assert.rejects(applyBeacon({ folder, ...beacon }, tinyDeps), withCode("ceremony-unfinished"));
    const exporting = exportCeremony({ folder: begun, out: at("out") }, tinyDeps);
    await assert.rejects(exporting, withCode("ceremony-unfinished"));
  });
});
