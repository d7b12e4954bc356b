import { expect } from "chai";
import { AbiCoder, id } from "ethers";
import { createRequire } from "node:module";
import hre, { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { encodeConfiguration } from "../../core/codec/configuration.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type AddressBook, contractsOf, domainOf } from "../../scripts/deploy/address-book.ts";
import { configureDescribed, type ConfigureDescribedOptions } from "../../scripts/deploy/configure-described.ts";
import { planCommittee, sendStep } from "../../scripts/deploy/configure.ts";
import { checkDeployed } from "../../scripts/deploy/deployed-state.ts";
import type { Description } from "../../scripts/deploy/description.ts";
import { formatDifference } from "../../scripts/deploy/differences.ts";
import { findFeed, readFeeds } from "../../scripts/deploy/feed-readings.ts";
import { isSameCode, prepareVerification } from "../../scripts/deploy/verification.ts";
import { CEREMONY, type WrittenDeployment } from "../support/described-deployment.ts";
import type { CommitteeOptions, TestCommittee } from "./support/committee.ts";
import { deploy, describeWith as describeInFolder, failureOf, temporaryFolder } from "./support/described.ts";
import { proveWithMock } from "./support/mock-proof.ts";
import type { TestNetwork } from "./support/network.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

describe("a described deployment", () => {
  const folder = temporaryFolder();
  const describeWith = (change?: (written: WrittenDeployment) => unknown, options?: Partial<CommitteeOptions>) =>
    describeInFolder(folder, change, options);

  interface Deployed {
    readonly connection: NetworkConnection;
    readonly description: Description;
    readonly committee: TestCommittee;
    readonly book: AddressBook;
  }

  /** A chain of its own with everything deployed; no committee yet. */
  async function deployed(change?: (written: WrittenDeployment) => unknown): Promise<Deployed> {
    const connection = await network.create("devnet");
    const { description, committee } = await describeWith(change);
    const { book } = await deploy(connection, description);
    return { connection, description, committee, book };
  }

  async function configure(
    { connection, description, book }: Deployed,
    options: Partial<ConfigureDescribedOptions> = {},
  ) {
    const { provider } = connection.ethers;
    const signers = await connection.ethers.getSigners();
    return configureDescribed({ provider, description, book, signers, stageOnly: false, print: false, ...options });
  }

  /** Stages the described committee, and activates it, while the registry has another verifier of its shape, or none. */
  async function stageUnder(
    other: "foreign" | "none",
    { connection, description, book }: Deployed,
    { activated }: { readonly activated: boolean },
  ): Promise<void> {
    const { ethers } = connection;
    const [owner] = await ethers.getSigners();
    const { contracts } = book;
    const registry = await ethers.getContractAt("CommitteeRegistry", contracts.registry.address);
    const { k, lanes } = CEREMONY;
    if (other === "foreign") await registry.setVerifier(await deployForeignVerifier(connection));
    else await registry.clearVerifier(k, lanes);
    const { steps } = await planCommittee(description.configuration, { ...domainOf(book), runner: ethers.provider });
    for (const step of steps.filter(({ method }) => activated || method === "stage")) await sendStep(step, owner!);
    await registry.setVerifier(contracts.verifier!.address);
  }

  /** Puts code in the generated contract's place that answers `verificationKeyDigest()`, as a ceremony's does. */
  async function namesKey({ connection, book }: Deployed, digest: string): Promise<void> {
    const [push32, push4, answer] = ["7f", "63", "505f5260205ff3"];
    const selector = id("verificationKeyDigest()").slice(2, 10);
    const code = `0x${push32}${digest.slice(2)}${push4}${selector}${answer}`;
    await connection.networkHelpers.setCode(book.contracts.groth16!.address, code);
  }

  describe("on a chain of this process", () => {
    it("is complete, wired as described, and its addresses say what each contract was made of", async () => {
      const { connection, description, book } = await deployed();
      const { ethers } = connection;
      expect(book.feeds.map((feed) => feed.description)).to.deep.equal(
        description.feeds.map((feed) => feed.description),
      );
      for (const [, { address, contract, constructorArguments }] of contractsOf(book)) {
        const creation = await creationOf(connection, address);
        if (contract.startsWith("contracts/")) {
          const { bytecode } = await hre.artifacts.readArtifact(contract.split(":")[1]!);
          expect(creation).to.equal(bytecode + constructorArguments.slice(2));
        }
      }
      expect(book.contracts.registry.contract).to.equal("contracts/registry/CommitteeRegistry.sol:CommitteeRegistry");
      const hub = await ethers.getContractAt("FeedHub", book.contracts.hub.address);
      expect(await hub.historyDepth()).to.equal(2n);
      expect([book.block, book.commit, book.configuration]).to.deep.equal([1, "0123abc", null]);
    });

    it("can do without a verifier", async () => {
      const state = await deployed((written) => (written.verifier = "none"));
      expect(Object.keys(state.book.contracts)).to.deep.equal(["poseidon", "registry", "hub", "court", "desk"]);
      await configure(state);
      const { provider } = state.connection.ethers;
      expect(await checkDeployed(state.description, { provider, book: state.book })).to.deep.equal([]);
    });

    it("is not begun on another chain than the described one", async () => {
      const connection = await network.create("devnet");
      const { description } = await describeWith((written) => (written.chainId = 1337));
      const { message } = await failureOf(deploy(connection, description), "wrong-chain");
      expect(message).to.match(/for chain 1337, and the network is chain 31337/);
      expect(await connection.ethers.provider.getBlockNumber()).to.equal(0);
    });

    it("is put in force once, and told from what is in force already", async () => {
      const state = await deployed();
      const first = await configure(state);
      expect(first.steps.map(({ method }) => method)).to.deep.equal(["setVerifier", "stage", "activate"]);
      expect([first.before, first.changes]).to.deep.equal([undefined, undefined]);
      expect(first.book.configuration).to.deep.equal({ index: 1, digest: first.digest });
      const { provider } = state.connection.ethers;
      const block = await provider.getBlockNumber();
      const second = await configure(state);
      expect([second.before, second.steps, second.digest]).to.deep.equal(["active", [], first.digest]);
      expect(await provider.getBlockNumber()).to.equal(block);
    });

    it("can be left staged, and goes on from there", async () => {
      const state = await deployed();
      const staged = await configure(state, { stageOnly: true });
      expect(staged.steps.map(({ method }) => method)).to.deep.equal(["setVerifier", "stage"]);
      expect(staged.book.configuration).to.equal(null);
      expect((await configure(state, { stageOnly: true })).steps).to.deep.equal([]);
      const active = await configure(state);
      expect(active.steps.map(({ method }) => method)).to.deep.equal(["activate"]);
      expect(active.book.configuration?.digest).to.equal(staged.digest);
    });

    it("tells what a change would change, field by field", async () => {
      const state = await deployed();
      await configure(state);
      const { description } = await describeWith((written) => {
        written.committee.index = 2;
        written.feeds[3]!.heartbeat = 60;
        written.committee.timing.rMax = 50;
      });
      const { changes, steps } = await configure({ ...state, description }, { print: true });
      expect(changes!.map(formatDifference)).to.deep.equal([
        "index: described 2, deployed 1",
        "feeds[3].heartbeat: described 60, deployed 30",
        "timing.rMax: described 50, deployed 100",
      ]);
      expect(steps.map(({ method }) => method)).to.deep.equal(["stage", "activate"]);
    });

    it("is printed, not sent, for an owner that is another wallet; what is printed does it", async () => {
      const state = await deployed();
      const { ethers, networkHelpers } = state.connection;
      const stranger = (await ethers.getSigners())[5]!;
      const registry = await ethers.getContractAt("CommitteeRegistry", state.book.contracts.registry.address);
      await registry.transferOwnership(stranger.address);
      await registry.connect(stranger).acceptOwnership();
      const [first] = await ethers.getSigners();
      const block = await ethers.provider.getBlockNumber();
      const { message } = await failureOf(configure(state, { signers: [first!] }), "not-owner");
      expect(message).to.match(/--print/);
      const { steps, owner } = await configure(state, { signers: [], print: true });
      expect(owner).to.equal(stranger.address.toLowerCase());
      expect(await ethers.provider.getBlockNumber()).to.equal(block);
      await networkHelpers.impersonateAccount(owner);
      const wallet = await ethers.getSigner(owner);
      for (const { to, data } of steps) await wallet.sendTransaction({ to, data });
      expect((await configure(state, { signers: [] })).before).to.equal("active");
    });

    for (const [name, code, says, prepare] of [
      [
        "an index out of turn",
        "configuration-index",
        /index 1 next, not 3/,
        async (state: Deployed) => ({ ...state, ...(await describeWith((written) => (written.committee.index = 3))) }),
      ],
      [
        "what is in force under another description of the same index",
        "configuration-index",
        /index 2 next, not 1/,
        async (state: Deployed) => {
          await configure(state);
          return { ...state, ...(await describeWith((written) => (written.committee.timing.rMax = 9))) };
        },
      ],
      [
        "a configuration that retired",
        "configuration-ended",
        /is retired for good: set committee\.index to 3/,
        async (state: Deployed) => {
          await configure(state);
          await configure({ ...state, ...(await describeWith((written) => (written.committee.index = 2))) });
          return state;
        },
      ],
      [
        "an observer key outside the prime subgroup",
        "invalid-observer-key",
        /member 1/,
        async (state: Deployed) => ({
          ...state,
          ...(await describeWith((written) => (written.committee.members[1]!.observer = { x: "0", y: "1" }))),
        }),
      ],
      [
        "what only the registry can tell",
        "registry-refused",
        /refuse to stage it: EmptyKey\(2\)/,
        async (state: Deployed) => ({
          ...state,
          ...(await describeWith((written) => (written.committee.members[2]!.peerKey = `0x${"00".repeat(32)}`))),
        }),
      ],
      [
        "a feed that was not deployed yet",
        "deployment-differs",
        /proxies\[1\]: described .*FEED 1.*, deployed nothing/,
        (state: Deployed) =>
          Promise.resolve({
            ...state,
            book: { ...state.book, feeds: state.book.feeds.filter((feed) => feed.description !== "FEED 1") },
          }),
      ],
      [
        "a chain that holds no such deployment",
        "contract-without-code",
        /no contract at 0x/,
        async (state: Deployed) => ({ ...state, connection: await network.create("devnet") }),
      ],
      [
        "an addresses file of another chain",
        "wrong-chain",
        /the addresses file is for chain 1,/,
        (state: Deployed) => Promise.resolve({ ...state, book: { ...state.book, chainId: 1 } }),
      ],
    ] satisfies [string, string, RegExp, (state: Deployed) => Promise<Deployed>][]) {
      it(`refuses ${name} before anything is sent`, async () => {
        const state = await prepare(await deployed());
        const block = await state.connection.ethers.provider.getBlockNumber();
        expect((await failureOf(configure(state), code)).message).to.match(says);
        expect(await state.connection.ethers.provider.getBlockNumber()).to.equal(block);
      });
    }

    it("is checked against the description in every field", async () => {
      const state = await deployed();
      const { book } = state;
      const deps = { provider: state.connection.ethers.provider, book };
      const before = await checkDeployed(state.description, deps);
      expect(before.map(({ field, deployed: there }) => [field, there])).to.deep.equal([
        ["registry.verifier", "nothing"],
        ["configuration", "nothing"],
      ]);
      await configure(state);
      expect(await checkDeployed(state.description, deps)).to.deep.equal([]);
      for (const [field, change] of [
        ["hub.historyDepth", (written) => (written.historyDepth = 3)],
        ["proxies[1].description", (written) => (written.feeds[1]!.description = "OTHER")],
        ["configuration.feeds[0].deviationPpb", (written) => (written.feeds[0]!.deviation = "2 %")],
        [
          "configuration.members[2].transmitter",
          ({ committee }) => (committee.members[2]!.transmitter = book.contracts.hub.address),
        ],
        [
          "verifier.digest",
          (written) =>
            (written.verifier = { ...(written.verifier as object), verificationKeyDigest: `0x${"08".repeat(32)}` }),
        ],
        ["configuration.timing.window", ({ committee }) => (committee.timing.window = 11)],
      ] satisfies [string, (written: WrittenDeployment) => unknown][]) {
        const { description } = await describeWith(change);
        expect((await checkDeployed(description, deps)).map((difference) => difference.field)).to.deep.equal([field]);
      }
      await namesKey(state, `0x${"08".repeat(32)}`);
      expect((await checkDeployed(state.description, deps)).map(({ field }) => field)).to.deep.equal([
        "verifier.groth16Digest",
      ]);
      await namesKey(state, CEREMONY.verificationKeyDigest);
      expect(await checkDeployed(state.description, deps)).to.deep.equal([]);
      const court = { ...book.contracts.court, address: book.feeds[0]!.proxy.address };
      const misbooked = { ...book, contracts: { ...book.contracts, court } };
      expect(await checkDeployed(state.description, { ...deps, book: misbooked }).catch(() => "refused")).to.equal(
        "refused",
      );
    });

    for (const [other, activated, fields] of [
      ["foreign", true, ["committee.verifier"]],
      ["none", true, ["committee.verifier", "committee.setRoot"]],
      ["foreign", false, ["configuration", "staged.verifier"]],
      ["none", false, ["configuration", "staged.verifier", "staged.setRoot"]],
    ] as const) {
      const what = `a committee that was ${activated ? "put in force" : "staged"} under ${other === "none" ? "no" : "a foreign"} verifier`;
      it(`notices ${what}, and says how to have the described one`, async () => {
        const state = await deployed();
        const { provider } = state.connection.ethers;
        await stageUnder(other, state, { activated });
        const differences = await checkDeployed(state.description, { provider, book: state.book });
        expect(differences.map(({ field }) => field)).to.deep.equal(fields);
        const block = await provider.getBlockNumber();
        const { message } = await failureOf(configure(state), "committee-verifier-differs");
        expect(message).to.match(activated ? /committee\.index.* to 2/ : /its index stays/);
        await failureOf(configure(state, { stageOnly: true }), "committee-verifier-differs");
        expect(await provider.getBlockNumber()).to.equal(block);

        const { description } = await describeWith(({ committee }) => {
          if (activated) committee.index = 2;
          else committee.timing.deltaStage = 5001;
        });
        await configure({ ...state, description });
        expect(await checkDeployed(description, { provider, book: state.book })).to.deep.equal([]);
      });
    }

    it("does not believe an endpoint that shows another configuration under the digest", async () => {
      const state = await deployed();
      const { committee } = await describeWith((written) => (written.committee.index = 1), { seed: "another" });
      const { provider } = state.connection.ethers;
      const answer = AbiCoder.defaultAbiCoder().encode(["bytes"], [encodeConfiguration(committee.configuration)]);
      const liar = new Proxy(provider, {
        get(target, name) {
          if (name === "call")
            return (call: { data: string }) =>
              call.data.startsWith(id("configurationOf(bytes32)").slice(0, 10))
                ? Promise.resolve(answer)
                : target.call(call);
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
      await failureOf(configure(state, { provider: liar, stageOnly: true }), "configuration-digest-mismatch");
      await failureOf(configure(state, { provider: liar }), "configuration-digest-mismatch");
      await failureOf(readFeeds({ provider: liar, book: state.book }), "configuration-digest-mismatch");
    });

    it("reads its feeds: newest value, age, round, level, and whether a new one is due", async () => {
      const state = await deployed();
      const { connection, book, committee } = state;
      const { provider } = connection.ethers;
      expect((await readFeeds({ provider, book }))[0]!.due).to.deep.equal({ state: "not-served" });
      const { digest } = await configure(state);
      expect((await readFeeds({ provider, book }))[0]!.due).to.deep.equal({ state: "never-stored" });

      const hub = await connection.ethers.getContractAt("FeedHub", book.contracts.hub.address);
      const domain = domainOf(book);
      const testNetwork = { connection, hub, committee, domain, configDigest: digest } as unknown as TestNetwork;
      const signed = await signReport(testNetwork, { round: 7 });
      await hub.transmit(updateOf(signed, 0b11));
      await proveWithMock(testNetwork, { signed, index: 1 });
      const later = await signReport(testNetwork, { round: 8 });
      await hub.transmit(updateOf(later, 0b01));
      await connection.networkHelpers.time.increase(12);

      const feeds = await readFeeds({ provider, book });
      const [newer, proven, unsigned] = feeds;
      expect(newer!.signed).to.include({ value: "0.08000001", round: 2 });
      expect(newer!.proven).to.include({ value: "0.07000001", round: 1 });
      expect([newer!.isProven, proven!.isProven]).to.deep.equal([false, true]);
      expect(proven!.signed!.value).to.equal("-0.07000002");
      expect(newer!.signed!.age).to.be.within(12, 16);
      // A proof stores all values of its report, whatever its transmitter chose.
      expect([unsigned!.signed, unsigned!.proven!.value, unsigned!.isProven]).to.deep.equal([
        null,
        "0.07000003",
        false,
      ]);
      expect(newer!.due).to.deep.equal({
        state: "fresh",
        heartbeatIn: 30 - (await ageOf(connection, newer!.signed!.updatedAt)),
      });
      await connection.networkHelpers.time.increase(10);
      expect((await readFeeds({ provider, book }))[0]!.due.state).to.equal("due");
      await connection.networkHelpers.time.increase(10);
      expect((await readFeeds({ provider, book }))[0]!.due).to.deep.include({ state: "overdue" });

      const { id: feedId, proxy } = feeds[1]!;
      for (const name of [feedId, feedId.toUpperCase().replace("0X", "0x"), "FEED 1", "feed 1", proxy!])
        expect(findFeed(feeds, name)).to.equal(feeds[1]);
      const { message } = await failureOf(
        Promise.resolve().then(() => findFeed(feeds, "BTC/USD")),
        "feed-unknown",
      );
      expect(message).to.match(/no feed is called BTC\/USD: there are FEED 0, /);
    });

    it("gives explorers an input that npm's solc compiles to the code on the chain", async () => {
      const { connection, book } = await deployed((written) => (written.feeds.length = 1));
      const { provider } = connection.ethers;
      const { solidity, artifacts, config } = hre;
      const deps = { solidity, artifacts, provider, root: config.paths.root };
      const { poseidon, hub, court, groth16 } = book.contracts;
      const few = { ...book, contracts: { poseidon, registry: court, hub: groth16!, court, desk: court } };
      const { contracts, inputs } = await prepareVerification(few, deps);
      expect(contracts[0]).to.include({ name: "poseidon", standardJsonInput: null });
      const proxy = contracts.at(-1)!;
      expect(proxy).to.include({ name: "proxy of FEED 0", standardJsonInput: "FeedProxy.json" });
      expect(proxy.compilerVersion).to.match(/^v0\.8\.37\+commit\.[0-9a-f]{8}$/);
      expect(proxy.constructorArguments).to.equal(book.feeds[0]!.proxy.constructorArguments.slice(2));
      const input = inputs.get("FeedProxy.json")!;
      expect(Object.keys(input.sources).filter((source) => /mocks|test|\/FeedHub\.sol/.test(source))).to.deep.equal([]);

      const compiled = compileWithNpm(input, proxy.contractName);
      const code = await provider.getCode(proxy.address);
      expect(isSameCode(code, compiled.deployedBytecode)).to.equal(true);
      expect(isSameCode(code.replace(/.{4}$/, "0000"), compiled.deployedBytecode), "metadata counts").to.equal(false);
      expect(isSameCode(`${code}00`, compiled.deployedBytecode)).to.equal(false);
      expect(await creationOf(connection, proxy.address)).to.equal(
        `0x${compiled.bytecode.object}${proxy.constructorArguments}`,
      );

      const wrong = { ...few, contracts: { ...few.contracts, court: { ...court, address: hub.address } } };
      expect((await failureOf(prepareVerification(wrong, deps), "code-differs")).message).to.match(/EquivocationCourt/);
    });
  });
});

interface NpmCode {
  readonly bytecode: { readonly object: string };
  readonly deployedBytecode: { readonly object: string };
}

/** Of the described shape, with another key. */
async function deployForeignVerifier({ ethers }: NetworkConnection) {
  const { nMax, k, lanes } = CEREMONY;
  const groth16 = await ethers.deployContract("MockGroth16Verifier");
  return ethers.deployContract("MedianVerifier", [groth16, { nMax, k, lanes }, `0x${"66".repeat(32)}`]);
}

/** As an explorer would: the standard JSON input, a compiler, nothing else. */
function compileWithNpm(input: object, contractName: string): NpmCode {
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const [source, name] = [contractName.slice(0, contractName.lastIndexOf(":")), contractName.split(":").at(-1)!];
  const { contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as {
    contracts: Record<string, Record<string, { evm: NpmCode }>>;
  };
  return contracts[source]![name]!.evm;
}

/** What the transaction carried that created a contract. */
async function creationOf({ ethers }: NetworkConnection, address: Hex): Promise<string> {
  for (let number = await ethers.provider.getBlockNumber(); number > 0; number--) {
    const block = await ethers.provider.getBlock(number, true);
    for (const transaction of block!.prefetchedTransactions) {
      const receipt = await ethers.provider.getTransactionReceipt(transaction.hash);
      if (receipt!.contractAddress?.toLowerCase() === address) return transaction.data;
    }
  }
  throw new Error(`no transaction created ${address}`);
}

async function ageOf({ networkHelpers }: NetworkConnection, since: number): Promise<number> {
  return (await networkHelpers.time.latest()) - since;
}
