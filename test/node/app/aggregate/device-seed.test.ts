import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { announcementDigest, seedCommitment } from "../../../../core/aggregate/statement.ts";
import { isFieldElement } from "../../../../core/crypto/field.ts";
import { createSeed, readSeed, takeEpoch } from "../../../../node/app/aggregate/device-seed.ts";
import { METER_TERMS } from "../../../support/devices.ts";
import { withCode } from "../../../support/error-code.ts";
import { scratchFolder } from "../../../support/scratch.ts";

const isPosix = process.platform !== "win32";

describe("a device's seed", () => {
  const folder = scratchFolder();
  let files = 0;
  const fresh = () => path.join(folder, `seed-${files++}.json`);

  it("is drawn, and read again, by its owner alone", async () => {
    const file = fresh();
    const announced = await createSeed(file, METER_TERMS);
    const { seed, announcement } = await readSeed(file);
    assert.equal(announced.commitment, seedCommitment(seed));
    assert.equal(announcement, announcementDigest(announced));
    assert.ok(isFieldElement(seed) && seed > 1n << 200n);
    assert.notEqual((await createSeed(fresh(), METER_TERMS)).commitment, announced.commitment);
    if (isPosix) assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("is never overwritten", async () => {
    const file = fresh();
    const { commitment } = await createSeed(file, METER_TERMS);
    await assert.rejects(createSeed(file, METER_TERMS), withCode("seed-exists"));
    assert.equal(seedCommitment((await readSeed(file)).seed), commitment);
  });

  it("is refused where others may read it", { skip: !isPosix }, async () => {
    const file = fresh();
    await createSeed(file, METER_TERMS);
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(file, mode);
      await assert.rejects(readSeed(file), withCode("seed-exposed"));
    }
  });

  it("is refused where its file holds anything else, and no message repeats it", async () => {
    const file = fresh();
    await createSeed(file, METER_TERMS);
    const text = readFileSync(file, "utf8");
    const digits = /0x([0-9a-f]{64})/.exec(text)?.[1] ?? assert.fail();
    const broken = ["", "{}", text.replace("v1", "v2"), text.slice(0, -10), text.replace(digits, "f".repeat(64))];
    broken.push(text.replace(/,"announcement".*\}/, "}"));
    for (const content of broken) {
      writeFileSync(file, content);
      await assert.rejects(readSeed(file), ({ code, message }: Error & { code?: string }) => {
        return code === "seed-unreadable" && !message.includes(digits);
      });
    }
    await assert.rejects(readSeed(path.join(folder, "none")), withCode("seed-unreadable"));
  });
});

describe("an epoch of a seed", () => {
  const folder = scratchFolder();
  let files = 0;
  const fresh = () => path.join(folder, `seed-${files++}.json`);

  it("is taken once, and none before it after it", async () => {
    const file = fresh();
    await takeEpoch(file, 7);
    for (const epoch of [7, 6, 0]) {
      await assert.rejects(takeEpoch(file, epoch), { data: { code: "epoch-used", epoch, last: 7 } });
    }
    await takeEpoch(file, 8);
    assert.equal(readFileSync(`${file}.epoch`, "utf8"), "8\n");
    assert.ok(!existsSync(`${file}.epoch.new`));
  });

  it("is taken by one of many that want it at once", async () => {
    const file = fresh();
    const wishes = await Promise.allSettled(Array.from({ length: 8 }, () => takeEpoch(file, 3)));
    assert.equal(wishes.filter(({ status }) => status === "fulfilled").length, 1);
    await takeEpoch(file, 4);
  });

  it("waits for a process that is taking one, and for a person where one died", async () => {
    const file = fresh();
    writeFileSync(`${file}.epoch.new`, "");
    await assert.rejects(takeEpoch(file, 1), { code: "epoch-locked", message: /delete/ });
    assert.ok(existsSync(`${file}.epoch.new`), "it is the other's");
  });

  it("is not taken where nobody can tell which was the last", async () => {
    const file = fresh();
    writeFileSync(`${file}.epoch`, "eight\n");
    await assert.rejects(takeEpoch(file, 9), withCode("seed-unreadable"));
    assert.ok(!existsSync(`${file}.epoch.new`));
  });
});
