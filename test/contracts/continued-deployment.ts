import { expect } from "chai";
import { ZeroHash } from "ethers";
import { rmSync } from "node:fs";
import path from "node:path";
import hre, { network } from "hardhat";
import type { Hex } from "../../core/types/hex.ts";
import { type AddressBook, readAddressBook } from "../../scripts/deploy/address-book.ts";
import { configureDescribed } from "../../scripts/deploy/configure-described.ts";
import { checkDeployed } from "../../scripts/deploy/deployed-state.ts";
import type { Description } from "../../scripts/deploy/description.ts";
import { CEREMONY, type WrittenDeployment } from "../support/described-deployment.ts";
import { startRpcProxy } from "../support/rpc-proxy.ts";
import { until } from "../support/until.ts";
import type { CommitteeOptions } from "./support/committee.ts";
import { deploy, describeWith as describeInFolder, failureOf, temporaryFolder } from "./support/described.ts";

describe("a described deployment on a chain that outlives the task", () => {
  const folder = temporaryFolder();
  const describeWith = (change?: (written: WrittenDeployment) => unknown, options?: Partial<CommitteeOptions>) =>
    describeInFolder(folder, change, options);

  const name = `devnet-test-${process.pid}`;
  const journal = path.join(hre.config.paths.ignition, "deployments", name);
  const file = path.join(folder, `${name}.json`);
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    for (const place of [journal, file]) rmSync(place, { recursive: true, force: true });
  });

  async function startChain() {
    const server = await network.createServer("devnet", "127.0.0.1", 0);
    const { port } = await server.listen();
    closing.push(() => server.close());
    const upstream = `http://127.0.0.1:${port}`;
    const proxy = await startRpcProxy({ upstream });
    closing.push(() => proxy.stop());
    const connection = await network.create({ network: "devnetRpc", override: { url: proxy.url } });
    closing.push(() => connection.close());
    return { connection, proxy, upstream };
  }

  it("does nothing the second time", async () => {
    const { connection } = await startChain();
    const { description } = await describeWith();
    const first = await deploy(connection, description, { file, journal });
    expect(first.transactions).to.be.greaterThan(20);
    expect(first.book.block).to.equal(1);
    const second = await deploy(connection, description, { file, journal });
    expect(second).to.deep.equal({ book: first.book, transactions: 0, forgotten: false });
    expect(await readAddressBook(file)).to.deep.equal(first.book);
  });

  for (const [what, arrives] of [
    ["what it was sending never arrived", false],
    ["what it was sending arrived, and the answer was lost", true],
  ] as const) {
    it(`goes on where it was interrupted, and deploys nothing twice: ${what}`, async () => {
      const { connection, proxy, upstream } = await startChain();
      const { description } = await describeWith();
      let sent = 0;
      proxy.behave({
        answer({ method, ...call }) {
          if (method !== "eth_sendTransaction" || ++sent < 10) return undefined;
          if (arrives && sent === 10) void post(upstream, { method, ...call });
          return new Error("the wallet is locked");
        },
      });
      const { message } = await failureOf(deploy(connection, description, { file, journal }), "deployment-failed");
      expect(message).to.match(/run the task again.*the wallet is locked/);
      const { provider } = connection.ethers;
      await until("the last transaction's block", async () => (await provider.getBlockNumber()) === (arrives ? 10 : 9));
      proxy.behave({});
      const { book, transactions } = await deploy(connection, description, { file, journal });
      expect(book.block).to.equal(1);

      const whole = await network.create("devnet");
      const { transactions: all } = await deploy(whole, description);
      expect(transactions + (arrives ? 10 : 9)).to.equal(all);
    });
  }

  it("takes feeds in, leaves feeds out and follows another order", async () => {
    const { connection } = await startChain();
    const { description } = await describeWith((written) => (written.feeds.length = 3));
    const { book: before } = await deploy(connection, description, { file, journal });
    const { description: changed } = await describeWith(({ feeds }) => {
      feeds.length = 4;
      feeds.shift();
      feeds.reverse();
    });
    const { book, transactions } = await deploy(connection, changed, { file, journal });
    expect(transactions, "a proxy and its history").to.equal(2);
    expect(book.feeds.map((feed) => feed.description)).to.deep.equal(["FEED 3", "FEED 2", "FEED 1", "FEED 0"]);
    expect(book.feeds.slice(1)).to.deep.equal(before.feeds.toReversed());
  });

  it("adds the adapters that a feed asks for, each once, and keeps those that none asks for any more", async () => {
    const { connection } = await startChain();
    const { provider } = connection.ethers;
    const describeAdapters = async (...adapters: readonly (readonly string[])[]) => {
      const { description } = await describeWith(({ feeds }) => {
        feeds.length = adapters.length;
        for (const [lane, feed] of feeds.entries()) feed.adapters = adapters[lane];
      });
      return description;
    };
    const wanted = await describeAdapters(["pyth", "api3"], ["chronicle", "pyth"], []);
    const { book } = await deploy(connection, wanted, { file, journal });
    const adapters = await Promise.all([
      connection.ethers.getContractAt("Api3Adapter", book.feeds[0]!.api3!.address),
      connection.ethers.getContractAt("ChronicleAdapter", book.feeds[1]!.chronicle!.address),
    ]);
    for (const [lane, adapter] of adapters.entries()) {
      const [hub, id] = await adapter.source();
      expect([hub.toLowerCase(), id]).to.deep.equal([book.contracts.hub.address, wanted.feeds[lane]!.id]);
    }
    const differing = async (description: Description) => {
      const differences = await checkDeployed(description, { provider, book });
      return differences.map(({ field }) => field);
    };
    expect(await differing(wanted)).to.deep.equal(["registry.verifier", "configuration"]);
    const more = await describeAdapters(["pyth", "api3", "chronicle"], ["pyth"], []);
    expect(await differing(more)).to.deep.equal(["registry.verifier", "adapters[0].chronicle", "configuration"]);

    const { book: after, transactions } = await deploy(connection, more, { file, journal });
    expect(transactions).to.equal(1);
    expect(after.feeds[1]).to.deep.equal(book.feeds[1]);
    expect([after.feeds[0]!.api3, after.contracts.pyth]).to.deep.equal([book.feeds[0]!.api3, book.contracts.pyth]);

    const pyth = await describeAdapters([], [], ["pyth"]);
    expect(await differing(pyth)).to.deep.equal(["registry.verifier", "adapters[2].pyth.id", "configuration"]);
    const { book: last } = await deploy(connection, pyth, { file, journal });
    expect(last.contracts.pyth!.address).not.to.equal(book.contracts.pyth!.address);
    expect(last.feeds.slice(0, 2)).to.deep.equal(after.feeds.slice(0, 2));
    const served = await connection.ethers.getContractAt("PythAdapter", book.contracts.pyth!.address);
    expect((await served.hubAddress()).toLowerCase()).to.equal(book.contracts.hub.address);
  });

  describe("whose verifier is replaced", () => {
    /** Two feeds, so that each deployment sends little; the rest as asked for. */
    const describeCommittee = async (index: number, verifier: unknown, { n, f } = { n: 4, f: 1 }) => {
      const { description } = await describeWith(
        (written) => {
          written.feeds.length = 2;
          written.verifier = verifier;
          Object.assign(written.committee, { index, lanes: 8 });
        },
        { n, f },
      );
      return description;
    };
    const WIDER = { ...CEREMONY, nMax: 7, k: 5, verificationKeyDigest: `0x${"08".repeat(32)}` };
    const OTHER_KEY = { ...CEREMONY, verificationKeyDigest: `0x${"09".repeat(32)}` };

    async function startDeployment() {
      const { connection } = await startChain();
      const { provider } = connection.ethers;
      const signers = await connection.ethers.getSigners();
      const configure = (description: Description, book: AddressBook, print = false) =>
        configureDescribed({ provider, description, book, signers, stageOnly: false, print });
      /** @returns the verifier's address, and what the owner had to do. */
      const bring = async (description: Description) => {
        const { book, transactions } = await deploy(connection, description, { file, journal });
        const { steps } = await configure(description, book);
        expect(await checkDeployed(description, { provider, book })).to.deep.equal([]);
        expect((await deploy(connection, description, { file, journal })).transactions, "a second time").to.equal(0);
        expect((await configure(description, book)).steps, "a second time").to.deep.equal([]);
        return { verifier: book.contracts.verifier?.address, transactions, did: steps.map(({ method }) => method) };
      };
      return { connection, configure, bring };
    }

    it("gets one for more members, one of another key, the first one again, and none", async () => {
      const { bring } = await startDeployment();
      const first = await bring(await describeCommittee(1, CEREMONY));
      expect(first.did).to.deep.equal(["setVerifier", "stage", "activate"]);
      const wider = await bring(await describeCommittee(2, WIDER, { n: 7, f: 2 }));
      expect([wider.did, wider.transactions]).to.deep.equal([["setVerifier", "stage", "activate"], 2]);
      const larger = await bring(await describeCommittee(3, { ...CEREMONY, nMax: 6 }, { n: 6, f: 1 }));
      expect([larger.did, larger.transactions]).to.deep.equal([["setVerifier", "stage", "activate"], 1]);
      const rotated = await bring(await describeCommittee(4, OTHER_KEY));
      expect([rotated.did, rotated.transactions]).to.deep.equal([["setVerifier", "stage", "activate"], 2]);
      const back = await bring(await describeCommittee(5, CEREMONY));
      expect(back).to.deep.equal({
        verifier: first.verifier,
        transactions: 0,
        did: ["setVerifier", "stage", "activate"],
      });
      expect(new Set([first, wider, larger, rotated].map(({ verifier }) => verifier)).size).to.equal(4);
      const none = await bring(await describeCommittee(6, "none"));
      expect(none).to.deep.equal({ verifier: undefined, transactions: 0, did: ["clearVerifier", "stage", "activate"] });
    });

    it("says what its owner has to send, where the owner is another wallet", async () => {
      const { connection, configure, bring } = await startDeployment();
      const { ethers } = connection;
      const { verifier } = await bring(await describeCommittee(1, CEREMONY));
      const owner = (await ethers.getSigners())[5]!;
      const description = await describeCommittee(2, OTHER_KEY);
      const { registry: booked } = (await readAddressBook(file)).contracts;
      const registry = await ethers.getContractAt("CommitteeRegistry", booked.address);
      await registry.transferOwnership(owner.address);
      await registry.connect(owner).acceptOwnership();

      const { book } = await deploy(connection, description, { file, journal });
      expect((await registry.verifierFor(3, 8)).toLowerCase()).to.equal(verifier);
      const { steps, owner: named } = await configure(description, book, true);
      expect(named).to.equal(owner.address.toLowerCase());
      expect(steps.map(({ method }) => method)).to.deep.equal(["setVerifier", "stage", "activate"]);
      for (const { to, data } of steps) await (await owner.sendTransaction({ to, data })).wait();
      const deps = { provider: ethers.provider, book };
      expect(await checkDeployed(description, deps)).to.deep.equal([]);
    });

    it("refuses before anything is sent what only the registry can tell of the committee", async () => {
      const { connection, configure, bring } = await startDeployment();
      await bring(await describeCommittee(1, CEREMONY));
      const { configuration, ...rest } = await describeCommittee(2, OTHER_KEY);
      const [first, ...others] = configuration.members;
      const members = [{ ...first!, peerKey: ZeroHash as Hex }, ...others];
      const description = { ...rest, configuration: { ...configuration, members } };
      const { book } = await deploy(connection, description, { file, journal });
      const block = await connection.ethers.provider.getBlockNumber();
      const { message } = await failureOf(configure(description, book), "registry-refused");
      expect(message).to.match(/refuse to stage it: EmptyKey\(0\)/);
      expect(await connection.ethers.provider.getBlockNumber()).to.equal(block);
    });
  });

  it("does not take a verifier that was added for that of a committee in force, which has none", async () => {
    const { connection } = await startChain();
    const { provider } = connection.ethers;
    const signers = await connection.ethers.getSigners();
    const configure = (description: Description, book: AddressBook) =>
      configureDescribed({ provider, description, book, signers, stageOnly: false, print: false });
    const { description: signing } = await describeWith((written) => (written.verifier = "none"));
    await configure(signing, (await deploy(connection, signing, { file, journal })).book);

    const { description } = await describeWith();
    const { book } = await deploy(connection, description, { file, journal });
    const { message } = await failureOf(configure(description, book), "committee-verifier-differs");
    expect(message).to.match(/in force without a verifier.*set its index.* to 2/);
    const { description: next } = await describeWith((written) => (written.committee.index = 2));
    await configure(next, book);
    expect(await checkDeployed(next, { provider, book })).to.deep.equal([]);
  });

  it("refuses to change what is deployed", async () => {
    const { connection } = await startChain();
    const { description } = await describeWith((written) => (written.feeds.length = 1));
    await deploy(connection, description, { file, journal });
    const { description: changed } = await describeWith(({ feeds }) => {
      feeds.length = 1;
      feeds[0]!.description = "ANOTHER";
    });
    const { message } = await failureOf(deploy(connection, changed, { file, journal }), "deployment-changed");
    expect(message).to.match(/begin a new deployment.*FeedProxy|begin a new deployment.*proxy_/);
  });

  it("does not deploy a second time where only the journal is lost", async () => {
    const { connection } = await startChain();
    const { description } = await describeWith((written) => (written.feeds.length = 1));
    await deploy(connection, description, { file, journal });
    rmSync(journal, { recursive: true });
    const { message } = await failureOf(deploy(connection, description, { file, journal }), "journal-missing");
    expect(message).to.match(/restore .*--deployment/);
  });

  it("begins anew on a development chain that was started anew", async () => {
    const { description } = await describeWith((written) => (written.feeds.length = 1));
    const { book } = await deploy((await startChain()).connection, description, { file, journal });
    for (const close of closing.splice(0).reverse()) await close();
    const again = await deploy((await startChain()).connection, description, { file, journal });
    expect(again.forgotten).to.equal(true);
    expect(again.transactions).to.be.greaterThan(10);
    expect(again.book).to.deep.equal(book);
  });
});

/** A call that nobody waits for. */
function post(url: string, call: object): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", ...call });
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
}
