import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { encodeBytes32String } from "ethers";
import artifactRecords from "../../../circuits/artifacts.json" with { type: "json" };
import { eighth } from "../../../core/crypto/babyjubjub.ts";
import type { Member } from "../../../core/types/committee.ts";
import { FUEL_RULES } from "../../../node/app/fetchers.ts";
import { readManifest } from "../../../node/config/manifest.ts";
import { readDescription } from "../../../scripts/deploy/description.ts";
import { ROOT } from "../../../scripts/toolchain/root.ts";
import {
  CEREMONY,
  describedDeployment,
  writeDescription,
  type WrittenDeployment,
  writtenMember,
} from "../../support/described-deployment.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

type Change = (written: WrittenDeployment) => void;
interface Refusal {
  readonly name: string;
  readonly change: Change;
  readonly code: string;
  readonly says: RegExp;
}

const feedOf = ({ feeds }: WrittenDeployment, lane = 0) => feeds[lane]!;
const memberOf = ({ committee }: WrittenDeployment, member = 0) => committee.members[member]!;

describe("readDescription", () => {
  const folder = scratchFolder();
  let count = 0;

  /** In a folder of its own. @returns the file. */
  function write(change: Change = () => undefined): string {
    const { written } = describedDeployment();
    change(written);
    const own = path.join(folder, String(count++));
    mkdirSync(own);
    return writeDescription(own, written);
  }

  it("reads members, feeds, verifier and timers as the registry takes them", async () => {
    const { committee } = describedDeployment();
    const adapters = ["pyth", "chronicle"];
    const file = write((written) => (written.feeds[7]!.adapters = adapters));
    const { configuration, feeds, verifier, historyDepth, chainId } = await readDescription(file);
    assert.deepEqual(configuration, committee.configuration);
    assert.deepEqual([chainId, historyDepth], [31337, 2]);
    const { id } = committee.configuration.feeds[7]!;
    assert.deepEqual(feeds[7], { id, decimals: 8, description: "FEED 7", adapters });
    assert.deepEqual(feeds[6]?.adapters, []);
    const { contract, nMax, k, lanes, verificationKeyDigest } = CEREMONY;
    assert.deepEqual(verifier, {
      ...{ groth16: contract, shape: { nMax, k, lanes }, verificationKeyDigest, setup: "ceremony" },
    });
  });

  it("takes a feed's name for its id, and its module from the manifest that serves it", async () => {
    const manifest = path.join(ROOT, "fetchers/reading/manifest.yaml");
    const file = write((written) => {
      written.feeds[0] = {
        ...{ name: "STATION/TEMPERATURE", decimals: 8, min: -89.2, max: "56.7", heartbeat: 60, deviation: "0.5%" },
        module: manifest,
      };
    });
    const { configuration, feeds } = await readDescription(file);
    const { sha256 } = await readManifest(manifest);
    assert.deepEqual(configuration.feeds[0], {
      ...{ id: encodeBytes32String("STATION/TEMPERATURE"), decimals: 8, min: -8_920_000_000n, max: 5_670_000_000n },
      ...{ heartbeat: 60, deviationPpb: 5_000_000, moduleDigest: sha256 },
    });
    assert.equal(feeds[0]!.description, "STATION/TEMPERATURE");
  });

  for (const [written, decimals, scaled] of [
    [123_456_789_012_345, 0, 123_456_789_012_345n],
    [0.123456789012345, 15, 123_456_789_012_345n],
    [1_000_000_000_000_000, 0, 10n ** 15n],
    ["12345678901234567", 0, 12_345_678_901_234_567n],
    ["0.300000000000000040", 18, 300_000_000_000_000_040n],
  ] as const) {
    it(`takes ${typeof written === "number" ? written : `"${written}"`} for a bound with all its digits`, async () => {
      const file = write((description) => Object.assign(feedOf(description), { min: "-1", max: written, decimals }));
      assert.equal((await readDescription(file)).configuration.feeds[0]!.max, scaled);
    });
  }

  /** As `quorate init` writes it. */
  function registrationOf(member: Member, name: string): string {
    const { x, y } = eighth(member.observer)!;
    const written = { member: writtenMember(member), eighth: { x: String(x), y: String(y) } };
    return JSON.stringify({ name, peerId: "12D3KooW", ...written });
  }

  it("takes the one that docs/deploying.md begins with", async () => {
    const [, text] = /```yaml\n([^]*?)```/.exec(readFileSync(path.join(ROOT, "docs/deploying.md"), "utf8")) ?? [];
    const own = path.join(folder, "docs");
    const { members } = describedDeployment().committee.configuration;
    for (const [index, name] of ["node-a", "node-b", "node-c", "node-d"].entries()) {
      mkdirSync(path.join(own, name), { recursive: true });
      writeFileSync(path.join(own, name, "registration.json"), registrationOf(members[index]!, name));
    }
    cpSync(path.join(ROOT, "fetchers/reading/manifest.yaml"), path.join(own, "fetchers/reading/manifest.yaml"));
    writeFileSync(path.join(own, "deployment.yaml"), text!);
    const { configuration } = await readDescription(path.join(own, "deployment.yaml"));
    assert.deepEqual(configuration.members, members);
    assert.equal(configuration.fuelRules, FUEL_RULES);
  });

  it("takes members from the files that quorate init writes", async () => {
    const { committee } = describedDeployment();
    const member = committee.configuration.members[2]!;
    const file = write((written) => {
      written.committee.members[2] = { registration: "node-c/registration.json" };
    });
    const place = path.join(path.dirname(file), "node-c");
    mkdirSync(place);
    writeFileSync(path.join(place, "registration.json"), registrationOf(member, "node-c"));
    assert.deepEqual((await readDescription(file)).configuration, committee.configuration);
  });

  it("takes a circuit of this repository on a development chain, and its lanes", async () => {
    const file = write((written) => {
      written.verifier = { setup: "development", circuit: "median-n4-k3-v8" };
      written.feeds.length = 3;
    });
    const { configuration, verifier } = await readDescription(file);
    assert.equal(verifier?.groth16, "Groth16VerifierMedianN4K3V8");
    assert.equal(configuration.lanes, 8);
  });

  it("gives a committee that only signs a lane per feed, and 24 rounds of history", async () => {
    const file = write((written) => {
      written.verifier = "none";
      delete written.historyDepth;
      written.feeds.length = 3;
    });
    const { configuration, verifier, historyDepth } = await readDescription(file);
    assert.deepEqual([configuration.lanes, verifier, historyDepth], [3, undefined, 24]);
  });

  const refused: readonly Refusal[] = [
    ...invalid("an unknown key", (written) => Object.assign(written, { owner: "me" }), /owner: unknown key/),
    ...invalid("no chain", (written) => (written.chainId = 0), /chainId: /),
    ...invalid("a history beyond the hub's", (written) => (written.historyDepth = 513), /historyDepth: /),
    ...invalid("no feed", (written) => (written.feeds.length = 0), /feeds: /),
    ...invalid("a feed without a name or an id", (written) => delete feedOf(written).id, /feeds\.0: give either/),
    ...invalid("a feed with both", (written) => (feedOf(written).name = "A/B"), /feeds\.0: give either/),
    ...invalid("an id without a description", (written) => delete feedOf(written).description, /feeds\.0\.description/),
    ...invalid("a long description", (written) => (feedOf(written).description = "ä".repeat(16)), /at most 31 bytes/),
    ...invalid(
      "a feed without a module",
      (written) => delete feedOf(written).moduleDigest,
      /feeds\.0: give either module/,
    ),
    ...invalid(
      "a bound that is no number",
      (written) => (feedOf(written).min = "1e3"),
      /feeds\.0\.min: expected a decimal/,
    ),
    ...invalid("a number beyond its digits", (written) => (feedOf(written).max = 1e30), /feeds\.0\.max: .*quotes/),
    ...[12345678901234567, 9_007_199_254_740_991, 1e17, 0.30000000000000004, -89.12345678901234].flatMap((bound) =>
      invalid(
        `${bound} without quotes, which may have been another number`,
        (written) => (feedOf(written).max = bound),
        /feeds\.0\.max: expected a decimal number, in quotes .*15 digits/,
      ),
    ),
    ...invalid("a deviation in parts", (written) => (feedOf(written).deviation = 0.001), /feeds\.0\.deviation: /),
    ...invalid("a deviation above 100 %", (written) => (feedOf(written).deviation = "101 %"), /feeds\.0\.deviation: /),
    ...invalid(
      "an adapter twice",
      (written) => (feedOf(written).adapters = ["api3", "api3"]),
      /names an adapter twice/,
    ),
    ...invalid("an adapter of nobody", (written) => (feedOf(written).adapters = ["other"]), /feeds\.0\.adapters\.0: /),
    ...invalid("no heartbeat", (written) => (feedOf(written).heartbeat = 0), /feeds\.0\.heartbeat: /),
    ...invalid("19 decimals", (written) => (feedOf(written).decimals = 19), /feeds\.0\.decimals: /),
    ...invalid("three members", (written) => (written.committee.members.length = 3), /committee\.members: /),
    ...invalid("no f", (written) => (written.committee.f = 0), /committee\.f: /),
    ...invalid("an index of 0", (written) => (written.committee.index = 0), /committee\.index: /),
    ...invalid(
      "a short address",
      (written) => (memberOf(written).signer = "0x12"),
      /members\.0\.signer: expected an address/,
    ),
    ...invalid(
      "a coordinate that lost its digits",
      (written) => (memberOf(written).observer = { x: 1.2e76, y: "1" }),
      /members\.0\.observer\.x: /,
    ),
    ...invalid(
      "a secret among a member's keys",
      (written) => (memberOf(written).key = "0x00"),
      /members\.0\.key: unknown key/,
    ),
    ...invalid("a window of a day", (written) => (written.committee.timing.window = 86_400), /timing\.window: /),
    ...invalid("a verifier of no setup", (written) => (written.verifier = "snark"), /verifier: expected none/),
    ...invalid("another setup", (written) => (written.verifier = { setup: "trusted" }), /verifier\.setup: /),
    ...invalid(
      "a ceremony without its key",
      (written) => (written.verifier = { ...CEREMONY, verificationKeyDigest: undefined }),
      /verifier\.verificationKeyDigest: /,
    ),
    {
      name: "a development verifier on a real chain",
      change(written) {
        written.chainId = 1;
        written.verifier = { setup: "development", circuit: "median-n4-k3-v8" };
      },
      ...{ code: "development-verifier", says: /on chain 1, .*ceremony, or to none/ },
    },
    {
      name: "a development key said to be a ceremony's, on a real chain",
      change(written) {
        written.chainId = 1;
        const { verificationKeyDigest } = artifactRecords["median-n4-k3-v8"];
        written.verifier = { ...CEREMONY, verificationKeyDigest };
      },
      ...{ code: "development-verifier", says: /on chain 1/ },
    },
    {
      name: "a development contract with another digest, on a real chain",
      change(written) {
        written.chainId = 1;
        written.verifier = { ...CEREMONY, contract: "Groth16VerifierMedianN4K3V8" };
      },
      ...{ code: "development-verifier", says: /on chain 1/ },
    },
    {
      name: "a ceremony's record that is not there",
      change: (written) => (written.verifier = { setup: "ceremony", record: "gone.json" }),
      ...{ code: "config-missing", says: /gone\.json: .*ceremony -- export/ },
    },
    ...invalid(
      "a record and a contract",
      (written) => (written.verifier = { ...CEREMONY, record: "record.json" }),
      /verifier\.contract: unknown key/,
    ),
    {
      name: "a circuit that nobody built",
      change: (written) => (written.verifier = { setup: "development", circuit: "median-n99" }),
      ...{ code: "circuit-unknown", says: /median-n4-k3-v8/ },
    },
    {
      name: "a registration that is not there",
      change: (written) => (written.committee.members[1] = { registration: "gone.json" }),
      ...{ code: "config-missing", says: /gone\.json: .*quorate init/ },
    },
    ...inconsistent("too few members for f", (written) => (written.committee.f = 2), /fewer than f = 2/),
    ...inconsistent("more feeds than lanes", (written) => (written.committee.lanes = 7), /8 feeds, more than 7 lanes/),
    ...inconsistent(
      "no time for a round",
      (written) => (written.committee.timing.deltaGrace = 4_000),
      /deltaGrace < deltaRound/,
    ),
    ...inconsistent(
      "an empty range",
      (written) => (feedOf(written, 3).min = "1000000000001"),
      /feed 3: min is above max/,
    ),
    ...inconsistent(
      "more digits than decimals",
      (written) => (feedOf(written).min = "0.123456789"),
      /more than its 8 decimals/,
    ),
    ...inconsistent("a feed twice", (written) => (feedOf(written, 1).id = feedOf(written).id), /two feeds have the id/),
    ...(["signer", "transmitter", "peerKey", "observer"] as const).flatMap((key) =>
      inconsistent(
        `one ${key} for two members`,
        (written) => (memberOf(written, 3)[key] = memberOf(written)[key]),
        /two members have the/,
      ),
    ),
    ...inconsistent(
      "a verifier of another shape, which would leave reports unproven",
      (written) => (written.verifier = { ...CEREMONY, k: 5 }),
      /takes proofs for n ≤ 4, f = 2 and 8 lanes alone, not for n = 4, f = 1/,
    ),
    ...inconsistent(
      "lanes that the verifier does not have",
      (written) => (written.committee.lanes = 9),
      /not for n = 4, f = 1 and 9 lanes/,
    ),
    ...inconsistent(
      "a feed that its module does not serve",
      (written) => (written.feeds[0] = manifestFeed({ name: "STATION/PRESSURE" })),
      /STATION\/PRESSURE is no feed of/,
    ),
    ...inconsistent(
      "other decimals than the module's",
      (written) => (written.feeds[0] = manifestFeed({ decimals: 6 })),
      /8 decimals in .*, not 6/,
    ),
  ];

  for (const { name, change, code, says } of refused) {
    it(`refuses ${name}`, async () => {
      const failure: unknown = await readDescription(write(change)).catch((error: unknown) => error);
      assert.ok(withCode(code)(failure), String(failure));
      assert.match((failure as Error).message, says);
    });
  }

  it("refuses a file that is not there", async () => {
    await assert.rejects(readDescription(path.join(folder, "none.yaml")), withCode("config-missing"));
  });
});

function manifestFeed(changes: object): Record<string, unknown> {
  return {
    ...{ name: "STATION/TEMPERATURE", decimals: 8, min: 0, max: 1, heartbeat: 60, deviation: "1 %" },
    ...{ module: path.join(ROOT, "fetchers/reading/manifest.yaml"), ...changes },
  };
}

function invalid(name: string, change: (written: WrittenDeployment) => unknown, says: RegExp): Refusal[] {
  return [{ name, change: (written) => void change(written), code: "config-invalid", says }];
}

function inconsistent(name: string, change: (written: WrittenDeployment) => unknown, says: RegExp): Refusal[] {
  return [{ name, change: (written) => void change(written), code: "description-inconsistent", says }];
}
