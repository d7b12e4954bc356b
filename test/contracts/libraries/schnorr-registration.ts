import { expect } from "chai";
import { getBytes, toBeHex, ZeroAddress } from "ethers";
import { possessionDigest } from "../../../core/codec/schnorr-quorum.ts";
import { schnorrPublicKey, type SchnorrSignature, signSchnorr } from "../../../core/crypto/schnorr.ts";
import type { Configuration, SignatureScheme } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Point } from "../../../core/types/observation.ts";
import { keyWitnesses } from "../../../scripts/deploy/configure.ts";
import { createTestCommittee } from "../support/committee.ts";
import { type ConfigurationRules, deployConfigurationRules } from "../support/configuration-rules.ts";

const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;
const WITNESSES = keyWitnesses(createTestCommittee().configuration.members);

describe("ConfigurationChecks of Schnorr keys", () => {
  let rules: ConfigurationRules;
  before(async () => {
    rules = await deployConfigurationRules();
  });

  const check = (configuration: Configuration, possessions: readonly SchnorrSignature[]) =>
    rules.check(configuration, { eighths: WITNESSES, possessions });
  const digestOf = (signer: Hex, key: Point) => possessionDigest(rules.domain, signer, key);
  const committeeOf = (scheme: SignatureScheme) => {
    const { configuration, schnorr, signers } = createTestCommittee({ scheme });
    const possessions = schnorr?.possessions(rules.domain, configuration.members) ?? [];
    return { configuration, signers, possessions, secrets: schnorr?.secrets ?? [] };
  };
  /** The committee with another secret at one position, and with a good possession of its key. */
  const withSecret = (scheme: SignatureScheme, position: number, secret: Uint8Array) => {
    const { configuration, possessions } = committeeOf(scheme);
    const key = schnorrPublicKey(secret);
    const signer = scheme === "schnorr-group" ? (ZeroAddress as Hex) : configuration.members[position]!.signer;
    const possession = signSchnorr(secret, digestOf(signer, key));
    const schnorrKeys = configuration.schnorrKeys.with(position, key);
    return check({ ...configuration, schnorrKeys }, possessions.with(position, possession));
  };

  it("takes as many as the scheme needs, each with its possession", async () => {
    for (const [scheme, keys] of [
      ["ecdsa-quorum", 0],
      ["schnorr-key-sum", 4],
      ["schnorr-group", 1],
    ] as const) {
      const { configuration, possessions } = committeeOf(scheme);
      expect([configuration.schnorrKeys.length, possessions.length], scheme).to.deep.equal([keys, keys]);
      await check(configuration, possessions);
    }
  });

  it("refuses any other number of keys or possessions: WrongSchnorrKeyCount", async () => {
    const { configuration, possessions } = committeeOf("schnorr-key-sum");
    for (const [scheme, expected] of [
      ["ecdsa-quorum", 0],
      ["schnorr-key-sum", 4],
      ["schnorr-group", 1],
    ] as const) {
      for (const [keys, proofs] of [
        [expected === 4 ? 3 : expected + 1, expected],
        [expected, expected === 4 ? 3 : expected + 1],
        [expected === 4 ? 3 : 4, expected === 4 ? 3 : 4],
      ] as const) {
        const schnorrKeys = configuration.schnorrKeys.slice(0, keys);
        await expect(check({ ...configuration, scheme, schnorrKeys }, possessions.slice(0, proofs)))
          .to.be.revertedWithCustomError(rules.harness, "WrongSchnorrKeyCount")
          .withArgs(keys, proofs, expected);
      }
    }
  });

  it("refuses one off the curve or out of range: UnusableSchnorrKey", async () => {
    const { configuration, possessions } = committeeOf("schnorr-key-sum");
    const [x, y] = [configuration.schnorrKeys[2]!.x, configuration.schnorrKeys[2]!.y];
    for (const key of [
      { x, y: y ^ 1n },
      { x: 0n, y },
      { x: FIELD, y },
    ]) {
      await expect(check({ ...configuration, schnorrKeys: configuration.schnorrKeys.with(2, key) }, possessions))
        .to.be.revertedWithCustomError(rules.harness, "UnusableSchnorrKey")
        .withArgs(2, key.x, key.y);
    }
  });

  it("refuses one twice, or with its opposite: DuplicateKey", async () => {
    const { configuration, possessions } = committeeOf("schnorr-key-sum");
    const { x, y } = configuration.schnorrKeys[1]!;
    const keys: readonly Point[] = [
      { x, y },
      { x, y: FIELD - y },
    ];
    for (const key of keys) {
      await expect(check({ ...configuration, schnorrKeys: configuration.schnorrKeys.with(3, key) }, possessions))
        .to.be.revertedWithCustomError(rules.harness, "DuplicateKey")
        .withArgs(1, 3, toBeHex(x, 32));
    }
  });

  it("refuses a member's ECDSA key as the same member's: SharedKey", async () => {
    const { signers } = committeeOf("schnorr-key-sum");
    const secret = getBytes(signers[2]!.privateKey);
    await expect(withSecret("schnorr-key-sum", 2, secret))
      .to.be.revertedWithCustomError(rules.harness, "SharedKey")
      .withArgs(2);
    await withSecret("schnorr-key-sum", 3, secret);
  });

  it("does not ask whose else a group's key is", async () => {
    const { signers } = committeeOf("schnorr-group");
    await withSecret("schnorr-group", 0, getBytes(signers[0]!.privateKey));
  });

  it("refuses one whose possession another key signed, or for another signer: PossessionNotProven", async () => {
    const nobody = ZeroAddress as Hex;
    for (const [scheme, position] of [
      ["schnorr-key-sum", 0],
      ["schnorr-key-sum", 3],
      ["schnorr-group", 0],
    ] as const) {
      const { configuration, possessions, secrets } = committeeOf(scheme);
      const key = configuration.schnorrKeys[position]!;
      const own = configuration.members[position]!.signer;
      const [right, wrong] = scheme === "schnorr-group" ? [nobody, own] : [own, nobody];
      const stranger = createTestCommittee({ scheme, seed: "stranger" }).schnorr!.secrets[0]!;
      for (const possession of [
        signSchnorr(secrets[position]!, digestOf(wrong, key)),
        signSchnorr(secrets[position]!, digestOf(configuration.members[1]!.signer, key)),
        signSchnorr(stranger, digestOf(right, key)),
      ]) {
        await expect(check(configuration, possessions.with(position, possession)))
          .to.be.revertedWithCustomError(rules.harness, "PossessionNotProven")
          .withArgs(position);
      }
    }
  });
});
