import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configDigest, decodeConfiguration, encodeConfiguration } from "../../../core/codec/configuration.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createTestCommittee } from "../../contracts/support/committee.ts";
import {
  VECTOR_FILES,
  makeConfigurationVectors,
  readVectors,
  stringify,
  type ConfigurationVectors,
} from "../../contracts/support/vectors.ts";
import { withCode } from "../../support/error-code.ts";

const { configuration } = createTestCommittee();

describe("golden configurations", async () => {
  const golden = await readVectors<ConfigurationVectors>(VECTOR_FILES.configuration);
  const domain = { chainId: BigInt(golden.chainId), registry: golden.registry, hub: golden.hub };

  it("are what the generator makes", () => {
    assert.deepEqual(golden, JSON.parse(stringify(makeConfigurationVectors())));
  });

  for (const { name, encoded, digest } of golden.vectors) {
    it(`${name}: encoding and digest`, () => {
      const decoded = decodeConfiguration(encoded);
      assert.equal(encodeConfiguration(decoded), encoded);
      assert.equal(configDigest(decoded, domain), digest);
    });
  }
});

describe("an encoded configuration", () => {
  it("comes back as it was, every field of its TypeScript type", () => {
    assert.deepEqual(decodeConfiguration(encodeConfiguration(configuration)), configuration);
    const extreme: Configuration = {
      ...configuration,
      index: 65_535,
      f: 255,
      members: [],
      feeds: configuration.feeds.map((feed) => ({ ...feed, min: -(2n ** 95n), max: 2n ** 95n - 1n })),
      timing: { ...configuration.timing, deltaRound: 2 ** 32 - 1, rMax: 65_535, window: 65_535 },
    };
    assert.deepEqual(decodeConfiguration(encodeConfiguration(extreme)), extreme);
  });

  const unencodable: readonly Configuration[] = [
    { ...configuration, index: 65_536 },
    { ...configuration, f: -1 },
    { ...configuration, feeds: configuration.feeds.map((feed) => ({ ...feed, max: 2n ** 95n })) },
    { ...configuration, feeds: configuration.feeds.map((feed) => ({ ...feed, id: "0x01" })) },
    { ...configuration, members: configuration.members.map((member) => ({ ...member, signer: "0x01" })) },
  ];
  for (const [position, broken] of unencodable.entries()) {
    it(`is refused when a field does not fit its Solidity type (${position})`, () => {
      assert.throws(() => encodeConfiguration(broken), withCode("configuration-not-encodable"));
    });
  }

  it("is refused in any but its canonical form", () => {
    const encoded = encodeConfiguration(configuration);
    const broken = ["0x", "0x00", encoded.slice(0, -64), `${encoded}${"00".repeat(32)}`, "not hex"];
    for (const bytes of broken) {
      assert.throws(() => decodeConfiguration(bytes as Hex), withCode("configuration-not-decodable"));
    }
  });

  it("is taken in either case of hex", () => {
    const upper: Hex = `0x${encodeConfiguration(configuration).slice(2).toUpperCase()}`;
    assert.deepEqual(decodeConfiguration(upper), configuration);
  });
});

describe("the digest of a configuration", () => {
  it("changes with the configuration and with each part of its domain", () => {
    const [a, b]: readonly Hex[] = [`0x${"aa".repeat(20)}`, `0x${"bb".repeat(20)}`];
    const domain = { chainId: 1n, registry: a!, hub: b! };
    const digests = [
      configDigest(configuration, domain),
      configDigest({ ...configuration, fuelRules: 2 }, domain),
      configDigest(configuration, { ...domain, chainId: 2n }),
      configDigest(configuration, { ...domain, registry: b! }),
      configDigest(configuration, { ...domain, hub: a! }),
      configDigest(configuration, { ...domain, registry: b!, hub: a! }),
    ];
    assert.equal(new Set(digests).size, digests.length);
  });
});
