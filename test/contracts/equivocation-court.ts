import { expect } from "chai";
import { id, toBeHex, TypedDataEncoder, Wallet } from "ethers";
import { configDigest, solidityConfiguration } from "../../core/codec/configuration.ts";
import { PROPOSAL_TYPES, proposalDigest, reportDigest } from "../../core/codec/report.ts";
import type { Equivocation, SignedProposalHeader, SignedReport } from "../../core/types/evidence.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Report, ReportDomain } from "../../core/types/report.ts";
import { sequenceOf } from "../../core/types/sequence.ts";
import { convictionCall } from "../../node/chain/court.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import type { EquivocationCourt } from "../../types/ethers-contracts/index.ts";
import { createTestCommittee } from "./support/committee.ts";
import { fittingHighS, highS } from "./support/malleated.ts";
import {
  createTestNetwork,
  type Snapshot,
  stage,
  type TestNetwork,
  type TestNetworkOptions,
} from "./support/network.ts";

const [PROPOSALS, REPORTS] = [0n, 1n];
const MEMBER = 2;

type ProposalEvidence = Extract<Equivocation, { kind: "proposal" }>;
type ReportEvidence = Extract<Equivocation, { kind: "report" }>;

interface Courtroom {
  readonly network: TestNetwork;
  readonly court: EquivocationCourt;
}

interface Scene {
  readonly sequence?: bigint;
  readonly configDigest?: Hex;
  readonly domain?: ReportDomain;
  readonly signer?: Wallet;
}

describe("EquivocationCourt", () => {
  let shared: Courtroom;
  let fresh: Snapshot;
  let network: TestNetwork;
  let court: EquivocationCourt;

  before(async () => {
    shared = await open();
    fresh = await shared.network.connection.networkHelpers.takeSnapshot();
  });
  beforeEach(() => ({ network, court } = shared));
  afterEach(() => fresh.restore());

  const signerOf = (member: number) => network.committee.signers[member]!;
  const slot = (round = 1, configIndex = 1) => sequenceOf({ configIndex, epoch: 3, round });
  const compact = (signer: Wallet, digest: Hex) => signer.signingKey.sign(digest).compactSerialized as Hex;

  function proposal(choice: string, scene: Scene = {}): SignedProposalHeader {
    const { sequence = slot(), domain = network.domain, signer = signerOf(MEMBER) } = scene;
    const header = { sequence, observationsHash: id(choice) as Hex };
    const digest = proposalDigest({ configDigest: scene.configDigest ?? network.configDigest, ...header }, domain);
    return { ...header, signature: compact(signer, digest) };
  }

  function report(change: Partial<Report>, scene: Scene = {}): SignedReport {
    const { sequence = slot(), domain = network.domain, signer = signerOf(MEMBER) } = scene;
    const hashes = { feedsRoot: id("root") as Hex, valuesHash: id("values") as Hex };
    const configDigest = scene.configDigest ?? network.configDigest;
    const signed: Report = { configDigest, sequence, observedAt: 1_700_000_000, ...hashes, ...change };
    return { report: signed, signature: compact(signer, reportDigest(signed, domain)) };
  }

  const proposals = (scene: Scene = {}): ProposalEvidence => ({
    ...{ kind: "proposal", member: MEMBER, sequence: scene.sequence ?? slot() },
    ...{ first: proposal("one", scene), second: proposal("two", scene) },
  });

  const reports = (scene: Scene = {}): ReportEvidence => ({
    ...{ kind: "report", member: MEMBER, sequence: scene.sequence ?? slot() },
    ...{ first: report({}, scene), second: report({ observedAt: 1_700_000_001 }, scene) },
  });

  /** Sends what `quorate evidence export` prints, from an account that is no member. */
  async function accuse(evidence: Equivocation, digest = network.configDigest) {
    const [, anybody] = await network.connection.ethers.getSigners();
    return anybody!.sendTransaction({ to: await court.getAddress(), data: convictionCall(evidence, digest)! });
  }

  const refuses = (evidence: Equivocation, error: string, digest?: Hex) =>
    expect(accuse(evidence, digest)).to.be.revertedWithCustomError(court, error);

  describe("convicts", () => {
    it("a leader that signed two proposals for one slot, and says so", async () => {
      const signer = signerOf(MEMBER).address;
      const about = { configDigest: network.configDigest, sequence: slot() };
      const hashes = ["one", "two"].map((choice) => proposalHash({ ...about, observationsHash: id(choice) }));
      await expect(accuse(proposals()))
        .to.emit(court, "Equivocated")
        .withArgs(network.configDigest, signer, slot(), PROPOSALS, MEMBER, ...hashes);
      expect(await court.convictions(network.configDigest)).to.equal(1n << BigInt(MEMBER));
      expect(await court.isConvicted(network.configDigest, signer)).to.equal(true);
    });

    it("a member that signed two reports for one slot, whatever they differ in", async () => {
      const changes: readonly Partial<Report>[] = [
        { observedAt: 1 },
        { feedsRoot: id("other root") as Hex },
        { valuesHash: id("other values") as Hex },
      ];
      for (const [member, change] of changes.entries()) {
        const scene = { signer: signerOf(member) };
        const evidence = { ...reports(scene), second: report(change, scene) };
        await expect(accuse(evidence)).to.emit(court, "Equivocated");
        expect(await court.convictions(network.configDigest)).to.equal(2n ** BigInt(member + 1) - 1n);
      }
      expect(await court.isConvicted(network.configDigest, signerOf(3).address)).to.equal(false);
    });

    it("in either order of the two statements", async () => {
      const { first, second, ...evidence } = reports();
      const [event] = await eventsOf(accuse({ ...evidence, first: second, second: first }));
      expect([event!.args.offence, event!.args.member]).to.deep.equal([REPORTS, BigInt(MEMBER)]);
    });

    it("members of a committee of 31, the last one included", async () => {
      ({ network, court } = await open({ n: 31, f: 10 }));
      await accuse(proposals({ signer: signerOf(30) }));
      expect(await court.convictions(network.configDigest)).to.equal(1n << 30n);
    });

    it("for less than 90,000 gas in a committee of 31", async () => {
      ({ network, court } = await open({ n: 31, f: 10 }));
      const { gasUsed } = (await (await accuse(proposals({ signer: signerOf(30) }))).wait())!;
      expect(gasUsed).to.be.lessThan(90_000n);
    });

    for (const scheme of ["schnorr-key-sum", "schnorr-group"] as const)
      it(`a member that signed two reports with ECDSA in a committee of ${scheme}, where no honest one signs any`, async () => {
        ({ network, court } = await open({ scheme }));
        const signer = signerOf(MEMBER).address;
        await expect(accuse(reports())).to.emit(court, "Equivocated");
        expect(await court.convictions(network.configDigest)).to.equal(1n << BigInt(MEMBER));
        expect(await court.isConvicted(network.configDigest, signer)).to.equal(true);
      });

    it("members of a configuration that has long been retired", async () => {
      await replaceCommittee();
      await network.connection.networkHelpers.time.increase(365 * 24 * 3600);
      await expect(accuse(reports())).to.emit(court, "Equivocated");
    });

    it("members of a revoked configuration", async () => {
      await network.registry.revoke(network.configDigest);
      await expect(accuse(proposals())).to.emit(court, "Equivocated");
    });

    it("in the configuration in which it was signed, and in no other", async () => {
      const next = await replaceCommittee(signerOf(MEMBER));
      await accuse(proposals());
      expect(await court.isConvicted(network.configDigest, signerOf(MEMBER).address)).to.equal(true);
      expect(await court.isConvicted(next, signerOf(MEMBER).address)).to.equal(false);
    });
  });

  describe("marks a member once per configuration", () => {
    it("whether the same evidence comes again, or another offence", async () => {
      await accuse(proposals());
      for (const evidence of [proposals(), proposals({ sequence: slot(2) }), reports()]) {
        await expect(accuse(evidence))
          .to.be.revertedWithCustomError(court, "AlreadyConvicted")
          .withArgs(network.configDigest, signerOf(MEMBER).address);
      }
    });

    it("and keeps the marks of different members apart", async () => {
      const marked: number[] = [];
      for (const member of [0, 3, 1]) {
        await accuse(reports({ signer: signerOf(member) }));
        marked.push(member);
        for (const other of [0, 1, 2, 3]) {
          const convicted = await court.isConvicted(network.configDigest, signerOf(other).address);
          expect(convicted, `${other} of ${marked.join(", ")}`).to.equal(marked.includes(other));
        }
        expect(await court.isConvicted(network.configDigest, new Wallet(id("stranger")).address)).to.equal(false);
      }
      expect(await court.convictions(network.configDigest)).to.equal(0b1011n);
    });
  });

  describe("refuses", () => {
    it("SameStatement for one statement twice", async () => {
      const evidence = proposals();
      await refuses({ ...evidence, second: evidence.first }, "SameStatement");
      const twice = reports();
      await refuses({ ...twice, second: twice.first }, "SameStatement");
    });

    it("SameStatement for one statement with a malleated signature", async () => {
      const evidence = proposals();
      const signature = highS(evidence.first.signature);
      await refuses({ ...evidence, second: { ...evidence.first, signature } }, "SameStatement");
    });

    it("InvalidSignature for a high s, though the statements differ", async () => {
      const { second, ...evidence } = reports();
      await refuses({ ...evidence, second: { ...second, signature: fittingHighS() } }, "InvalidSignature");
    });

    it("InvalidSignature for zeros", async () => {
      const { second, ...evidence } = proposals();
      const signature = toBeHex(0, 64) as Hex;
      await refuses({ ...evidence, second: { ...second, signature } }, "InvalidSignature");
    });

    it("DifferentSigners for two members that signed different things", async () => {
      const second = report({ observedAt: 7 }, { signer: signerOf(1) });
      await expect(accuse({ ...reports(), second }))
        .to.be.revertedWithCustomError(court, "DifferentSigners")
        .withArgs(signerOf(MEMBER).address, signerOf(1).address);
    });

    it("NotAMember for a stranger that contradicts itself", async () => {
      const stranger = new Wallet(id("stranger"));
      await expect(accuse(proposals({ signer: stranger })))
        .to.be.revertedWithCustomError(court, "NotAMember")
        .withArgs(network.configDigest, stranger.address);
    });

    it("NotAMember for a stranger whose address is what a committee's data holds after the signers", async () => {
      const stranger = new Wallet(id("stranger"));
      const statements = await network.connection.ethers.deployContract("MockStatements", [network.domain.hub]);
      const schnorrKeys = [{ x: BigInt(stranger.address) << 96n, y: 0n }];
      const configuration = solidityConfiguration({ ...network.committee.configuration, schnorrKeys });
      const claim = statements.getFunction("claimActive") as unknown as (...args: unknown[]) => Promise<unknown>;
      await claim(network.configDigest, configuration);
      court = await network.connection.ethers.deployContract("EquivocationCourt", [statements]);
      await refuses(proposals({ signer: stranger }), "NotAMember");
      await accuse(proposals());
      expect(await court.isConvicted(network.configDigest, stranger.address)).to.equal(false);
    });

    it("NotAMember for a member of another committee", async () => {
      const next = await replaceCommittee();
      const scene = { sequence: slot(1, 2), configDigest: next };
      await refuses(proposals(scene), "NotAMember", next);
    });

    it("DifferentSlots, DifferentConfigurations for reports that a node may well sign", async () => {
      const later = report({}, { sequence: slot(2) });
      await expect(accuse({ ...reports(), second: later }))
        .to.be.revertedWithCustomError(court, "DifferentSlots")
        .withArgs(slot(), slot(2));
      const elsewhere = id("elsewhere") as Hex;
      await expect(accuse({ ...reports(), second: report({}, { configDigest: elsewhere }) }))
        .to.be.revertedWithCustomError(court, "DifferentConfigurations")
        .withArgs(network.configDigest, elsewhere);
    });

    it("WrongConfigurationIndex for a sequence that is none of this configuration's", async () => {
      await expect(accuse(proposals({ sequence: slot(1, 2) })))
        .to.be.revertedWithCustomError(court, "WrongConfigurationIndex")
        .withArgs(2, 1);
    });

    it("NotYetInForce for a configuration that is unknown or only staged", async () => {
      const unknown = id("unknown") as Hex;
      await expect(accuse(reports({ configDigest: unknown })))
        .to.be.revertedWithCustomError(court, "NotYetInForce")
        .withArgs(unknown, 0);
      const { configuration } = createTestCommittee({ index: 2 });
      await stage(network.registry, configuration);
      const staged = configDigest(configuration, network.domain);
      await expect(accuse(reports({ configDigest: staged, sequence: slot(1, 2) })))
        .to.be.revertedWithCustomError(court, "NotYetInForce")
        .withArgs(staged, 1);
    });

    it("what was signed for another chain, hub or configuration: it recovers to nobody known", async () => {
      const { chainId, hub } = network.domain;
      const places: readonly Scene[] = [
        { domain: { chainId: chainId + 1n, hub } },
        { domain: { chainId, hub: `0x${"22".repeat(20)}` } },
      ];
      for (const place of places) {
        await refuses(proposals(place), "DifferentSigners");
        await refuses(reports(place), "DifferentSigners");
      }
      await refuses(proposals({ configDigest: id("elsewhere") as Hex }), "DifferentSigners");
    });

    it("a proposal's signatures as those of reports, and the other way round", async () => {
      const [reported, proposed] = [reports(), proposals()];
      const borrowed = { ...reported.first, signature: proposed.first.signature };
      await refuses({ ...reported, first: borrowed }, "DifferentSigners");
      const header = { ...proposed.second, signature: reported.second.signature };
      await refuses({ ...proposed, second: header }, "DifferentSigners");
    });

    it("everything after any single bit has flipped", async () => {
      for (const evidence of [proposals(), reports()]) {
        const data = convictionCall(evidence, network.configDigest)!;
        const to = await court.getAddress();
        for (let bit = 32; bit < 4 * (data.length - 2); bit += 29) {
          const attempt = network.connection.ethers.provider.call({ to, data: flip(data, bit) });
          await expect(attempt, `${evidence.kind}, bit ${bit}`).to.be.revert(network.connection.ethers);
        }
      }
      expect(await court.convictions(network.configDigest)).to.equal(0n);
    });
  });

  it("names its registry, and convicts nobody by itself", async () => {
    expect((await court.registry()).toLowerCase()).to.equal(network.domain.registry);
    expect(await court.isConvicted(network.configDigest, signerOf(0).address)).to.equal(false);
    expect(await court.isConvicted(id("unknown"), signerOf(0).address)).to.equal(false);
  });

  it("signs under the hub's domain: a report's digest is the hub's", async () => {
    const { report: signed, signature } = report({});
    const digest = await network.hub.digestOf(signed);
    expect(compact(signerOf(MEMBER), digest as Hex)).to.equal(signature);
  });

  it("has no judgement about observations", () => {
    const evidence = { ...proposals(), kind: "observation" } as unknown as Equivocation;
    expect(convictionCall(evidence, network.configDigest)).to.equal(undefined);
  });

  /** Activates configuration 2, in which one signer of the first may serve again. */
  async function replaceCommittee(again?: Wallet): Promise<Hex> {
    const { configuration } = createTestCommittee({ index: 2, seed: "next" });
    const [head, ...tail] = configuration.members;
    const first = again === undefined ? head! : { ...head!, signer: again.address.toLowerCase() as Hex };
    const [owner] = await network.connection.ethers.getSigners();
    const next = { ...configuration, members: [first, ...tail] };
    return configureCommittee(next, { ...network.domain, owner: owner! });
  }

  async function eventsOf(sent: ReturnType<typeof accuse>) {
    const receipt = (await (await sent).wait())!;
    return court.queryFilter(court.filters.Equivocated(), receipt.blockNumber, receipt.blockNumber);
  }
});

async function open(options: TestNetworkOptions = {}): Promise<Courtroom> {
  const network = await createTestNetwork(options);
  const court = await network.connection.ethers.deployContract("EquivocationCourt", [network.domain.registry]);
  return { network, court };
}

function proposalHash(message: { configDigest: Hex; sequence: bigint; observationsHash: string }): string {
  return TypedDataEncoder.hashStruct("Proposal", PROPOSAL_TYPES, message);
}

function flip(hex: string, bit: number): string {
  const bytes = Buffer.from(hex.slice(2), "hex");
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  return `0x${bytes.toString("hex")}`;
}
