import { expect } from "chai";
import { concat, dataLength, dataSlice, getBytes, id, toBeHex, ZeroAddress } from "ethers";
import { configDigest } from "../../core/codec/configuration.ts";
import { feedLeafProof } from "../../core/codec/feed-leaf-proof.ts";
import { possessionDigest } from "../../core/codec/schnorr-quorum.ts";
import { schnorrPublicKey, type SchnorrSignature, signSchnorr } from "../../core/crypto/schnorr.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Point } from "../../core/types/observation.ts";
import { createTestCommittee, signaturesOf } from "./support/committee.ts";
import { createTestNetwork, stage, type TestNetwork } from "./support/network.ts";
import { claimOf, signReport, type SignedReport, updateOf } from "./support/signed-report.ts";

const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const SUM = { bitmap: 0, inverse: 4, s: 36, nonce: 68 };

for (const scheme of ["schnorr-key-sum", "schnorr-group"] as const) {
  describe(`a committee that signs by ${scheme}`, () => {
    let network: TestNetwork;
    let signed: SignedReport;
    before(async () => {
      network = await createTestNetwork({ n: 7, f: 2, scheme });
      signed = await signReport(network, { round: 1 });
    });

    const feedId = () => network.committee.configuration.feeds[0]!.id;
    const send = (signatures: Hex) => network.hub.transmit.staticCall(updateOf({ ...signed, signatures }, 1));

    it("stores what any f+1 members sign together", async () => {
      for (const [round, signers] of [
        [1, [0, 1, 2]],
        [2, [4, 5, 6]],
        [3, [6, 0, 3]],
      ] as const) {
        const report = await signReport(network, { round, signers });
        await network.hub.transmit(updateOf(report, 0b1));
        const [value] = await network.hub.latest(feedId());
        expect(value).to.equal(report.feeds.values[0]);
      }
    });

    it("serves pull reads", async () => {
      const { feeds, report } = signed;
      const feedIds = network.committee.configuration.feeds.map(({ id }) => id);
      const leaf = {
        value: feeds.values[3]!,
        path: feedLeafProof({ feeds, feedIds, observedAt: report.observedAt }, 3),
      };
      const [value] = await network.hub.verify(feedIds[3]!, 0, 300, claimOf(signed, [leaf]));
      expect(value).to.equal(feeds.values[3]);
      const other = claimOf({ ...signed, signatures: (await signReport(network, { round: 9 })).signatures }, [leaf]);
      await expect(network.hub.verify(feedIds[3]!, 0, 300, other)).to.be.revertedWithCustomError(
        network.hub,
        "WrongSchnorrSignature",
      );
    });

    it("refuses every signature with one bit flipped", async () => {
      await send(signed.signatures);
      for (let bit = 0; bit < 8 * dataLength(signed.signatures); bit++) {
        await expect(send(flip(signed.signatures, bit)), `bit ${bit}`).to.be.revert(network.connection.ethers);
      }
    });

    it("refuses a signature of another report, hub, chain or key, and one of another length", async () => {
      const { ethers } = network.connection;
      const digests = [
        (await signReport(network, { round: 2 })).digest,
        (await (await ethers.deployContract("FeedHub", [network.registry, 0])).digestOf(signed.report)) as Hex,
        id("another chain") as Hex,
      ];
      for (const digest of digests) {
        await expect(send(signaturesOf(network.committee, digest, [0, 1, 2]))).to.be.revertedWithCustomError(
          network.hub,
          "WrongSchnorrSignature",
        );
      }
      const stranger = createTestCommittee({ n: 7, f: 2, scheme, seed: "stranger" });
      await expect(send(signaturesOf(stranger, signed.digest, [0, 1, 2]))).to.be.revert(ethers);
      const ecdsa = createTestCommittee({ n: 7, f: 2 });
      for (const signatures of [
        `${signed.signatures}00`,
        signed.signatures.slice(0, -2),
        signaturesOf(ecdsa, signed.digest, [0, 1, 2]),
        "0x",
      ]) {
        await expect(send(signatures as Hex)).to.be.revertedWithCustomError(network.hub, "WrongSignaturesLength");
      }
    });

    it("refuses scalars and nonce points of zero, and s = N", async () => {
      const at = scheme === "schnorr-group" ? { s: 0, nonce: 32 } : SUM;
      const changed = (offset: number, bytes: string) => {
        const end = offset + dataLength(bytes);
        const rest = end === dataLength(signed.signatures) ? "0x" : dataSlice(signed.signatures, end);
        return concat([dataSlice(signed.signatures, 0, offset), bytes, rest]) as Hex;
      };
      for (const wrong of [
        changed(at.s, toBeHex(0, 32)),
        changed(at.s, toBeHex(ORDER, 32)),
        changed(at.s, toBeHex(2n ** 256n - 1n, 32)),
        changed(at.nonce, ZeroAddress),
      ]) {
        await expect(send(wrong)).to.be.revertedWithCustomError(network.hub, "WrongSchnorrSignature");
      }
    });
  });
}

describe("a committee of summed Schnorr keys", () => {
  let network: TestNetwork;
  let signed: SignedReport;
  before(async () => {
    network = await createTestNetwork({ n: 7, f: 2, scheme: "schnorr-key-sum" });
    signed = await signReport(network, { round: 1 });
  });

  const sign = (members: readonly number[]) => signaturesOf(network.committee, signed.digest, members);
  const send = (signatures: Hex) => network.hub.transmit.staticCall(updateOf({ ...signed, signatures }, 1));

  it("needs exactly f+1 of its own members", async () => {
    for (const members of [[0], [0, 1], [0, 1, 2, 3]]) {
      await expect(send(sign(members)))
        .to.be.revertedWithCustomError(network.hub, "WrongSignerCount")
        .withArgs(members.length, 3);
    }
    const beyond = concat([toBeHex(0b1000_0011, 4), dataSlice(signed.signatures, 4)]) as Hex;
    await expect(send(beyond)).to.be.revertedWithCustomError(network.hub, "UnknownSigner").withArgs(0b1000_0011, 7);
  });

  it("needs the inverse of the sum that the bitmap names", async () => {
    const [named, other] = [sign([0, 1, 2]), sign([0, 1, 3])];
    const mixed = concat([dataSlice(named, 0, SUM.inverse), dataSlice(other, SUM.inverse)]) as Hex;
    await expect(send(mixed)).to.be.revertedWithCustomError(network.hub, "WrongKeySumInverse");
    const misnamed = concat([dataSlice(other, 0, SUM.s), dataSlice(named, SUM.s)]) as Hex;
    await expect(send(misnamed)).to.be.revertedWithCustomError(network.hub, "WrongSchnorrSignature");
  });
});

describe("the registration of Schnorr keys", () => {
  let network: TestNetwork;
  before(async () => {
    network = await createTestNetwork();
  });

  const candidate = (scheme: "schnorr-key-sum" | "schnorr-group" = "schnorr-key-sum") =>
    createTestCommittee({ index: 2, seed: "next", scheme });
  const possessionsOf = ({ schnorr, configuration }: ReturnType<typeof candidate>) =>
    schnorr!.possessions(network.domain, configuration.members);
  const stageWith = (configuration: Configuration, possessions: readonly SchnorrSignature[]) =>
    stage(network.registry, configuration, { possessions });

  it("takes keys with their possessions, and says what these sign", async () => {
    for (const scheme of ["schnorr-key-sum", "schnorr-group"] as const) {
      const { configuration, ...rest } = candidate(scheme);
      await stageWith(configuration, possessionsOf({ configuration, ...rest }));
      const digest = configDigest(configuration, network.domain);
      expect((await network.registry.statement(digest)).state).to.equal(1n);
      const signer = scheme === "schnorr-group" ? (ZeroAddress as Hex) : configuration.members[0]!.signer;
      expect(await network.registry.possessionDigestOf(signer, configuration.schnorrKeys[0]!)).to.equal(
        possessionDigest(network.domain, signer, configuration.schnorrKeys[0]!),
      );
    }
  });

  it("counts keys and possessions by the scheme", async () => {
    const sum = candidate();
    const all = possessionsOf(sum);
    const { schnorrKeys } = sum.configuration;
    const cases: readonly [Partial<Configuration>, readonly SchnorrSignature[], number][] = [
      [{}, all.slice(1), 4],
      [{}, [], 4],
      [{ schnorrKeys: schnorrKeys.slice(1) }, all.slice(1), 4],
      [{ schnorrKeys: [] }, [], 4],
      [{ scheme: "ecdsa-quorum" }, all, 0],
      [{ scheme: "ecdsa-quorum", schnorrKeys: [] }, all.slice(0, 1), 0],
      [{ scheme: "schnorr-group" }, all, 1],
      [{ scheme: "schnorr-group", schnorrKeys: [] }, [], 1],
    ];
    for (const [change, possessions, expected] of cases) {
      const configuration = { ...sum.configuration, ...change };
      await expect(stageWith(configuration, possessions))
        .to.be.revertedWithCustomError(network.registry, "WrongSchnorrKeyCount")
        .withArgs(configuration.schnorrKeys.length, possessions.length, expected);
    }
  });

  it("refuses keys off the curve, out of range, and a key twice or its opposite", async () => {
    const { configuration, ...rest } = candidate();
    const possessions = possessionsOf({ configuration, ...rest });
    const [first, second] = configuration.schnorrKeys as [Point, Point];
    const cases: readonly [string, Point][] = [
      ["UnusableSchnorrKey", { x: second.x, y: second.y ^ 1n }],
      ["UnusableSchnorrKey", { x: 0n, y: second.y }],
      ["UnusableSchnorrKey", { x: second.x + FIELD > 2n ** 256n - 1n ? FIELD : second.x + FIELD, y: second.y }],
      ["DuplicateKey", first],
      ["DuplicateKey", { x: first.x, y: FIELD - first.y }],
    ];
    for (const [error, key] of cases) {
      const schnorrKeys = configuration.schnorrKeys.with(1, key);
      await expect(stageWith({ ...configuration, schnorrKeys }, possessions)).to.be.revertedWithCustomError(
        network.registry,
        error,
      );
    }
  });

  it("refuses a possession of another key, member, registry or chain", async () => {
    const { configuration, schnorr } = candidate();
    const { members, schnorrKeys } = configuration;
    const possessions = schnorr!.possessions(network.domain, members);
    const [secret, other] = schnorr!.secrets as [Uint8Array, Uint8Array];
    const digest = (change: { chainId?: bigint; registry?: Hex; signer?: Hex; key?: Point }) =>
      possessionDigest(
        { ...network.domain, ...change },
        change.signer ?? members[0]!.signer,
        change.key ?? schnorrKeys[0]!,
      );
    const wrong: readonly SchnorrSignature[] = [
      signSchnorr(other, digest({})),
      signSchnorr(secret, digest({ signer: members[1]!.signer })),
      signSchnorr(secret, digest({ signer: ZeroAddress as Hex })),
      signSchnorr(secret, digest({ registry: network.domain.hub })),
      signSchnorr(secret, digest({ chainId: 1n })),
      signSchnorr(secret, digest({ key: schnorrKeys[1]! })),
      { ...possessions[0]!, s: 0n },
    ];
    for (const possession of wrong) {
      await expect(stageWith(configuration, possessions.with(0, possession)))
        .to.be.revertedWithCustomError(network.registry, "PossessionNotProven")
        .withArgs(0);
    }
  });

  it("refuses the ECDSA key of the same member", async () => {
    const { configuration, schnorr, signers } = candidate();
    const secret = getBytes(signers[2]!.privateKey);
    const schnorrKeys = configuration.schnorrKeys.with(2, schnorrPublicKey(secret));
    const domain = possessionDigest(network.domain, configuration.members[2]!.signer, schnorrKeys[2]!);
    const possessions = schnorr!
      .possessions(network.domain, configuration.members)
      .with(2, signSchnorr(secret, domain));
    await expect(stageWith({ ...configuration, schnorrKeys }, possessions))
      .to.be.revertedWithCustomError(network.registry, "SharedKey")
      .withArgs(2);
  });
});

function flip(bytes: Hex, bit: number): Hex {
  const copy = getBytes(bytes).slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return `0x${Buffer.from(copy).toString("hex")}`;
}
