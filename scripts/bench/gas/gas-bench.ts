import { type Addressable, type BaseContract, Contract, MaxUint256 } from "ethers";
import { feedHubAbi, feedProxyAbi } from "../../../node/chain/generated/abi.ts";
import type { LaneBits } from "../../../core/codec/packed-lanes.ts";
import type { SignatureScheme } from "../../../core/types/committee.ts";
import { ensureContracts } from "../../toolchain/contracts.ts";
import type { Bench, BenchContext, Measurement } from "../result.ts";
import { summarise } from "../statistics.ts";
import { GAS_DOCUMENT, gasDocument } from "./gas-document.ts";
import { addressOf, type GasNetwork, createGasNetwork, type GasUsed } from "./gas-network.ts";
import { measureProve } from "./measure-prove.ts";
import { FIRST_UPDATES, measurePackedPush, measurePull, measurePush } from "./measure-push.ts";
import type { SchnorrScheme } from "./schnorr-signers.ts";

const SIZES = [
  { n: 4, f: 1 },
  { n: 7, f: 2 },
  { n: 16, f: 5 },
  { n: 31, f: 10 },
] as const;
/** Feeds of one report that can be proven. */
const FEEDS = [1, 8] as const;
/** Of one that cannot: it has more than 32 lanes. */
const WIDE_FEEDS = [50, 256] as const;
const SCHEMES = ["schnorr-key-sum", "schnorr-group"] as const;
const PACKED_BITS = [64, 32] as const;
const PACKED_FEEDS = 256;
const DEPTHS = [4, 8, 10] as const;
/** Lanes of the circuits. */
const LANES = 8;
const HISTORY = 24;
const RUNS = 10;
const FULL_RUNS = 50;
/** Wide reports differ from each other by a few zero bytes among thousands. */
const WIDE_RUNS = 3;
const PROOFS = 3;
const FULL_PROOFS = 20;

/** `receipt.gasUsed`: 21,000 for the transaction, its calldata and its execution, after refunds. */
const UNIT = "gas";

/** The contracts that Ignition deploys, on EDR with its default hardfork and limits. */
export const gasBench: Bench = {
  name: "gas",
  description: "gas of deployment, configuration, pushes, pulls, proofs and reads",
  page: { file: GAS_DOCUMENT, render: gasDocument },
  async run(context) {
    const runs = context.full ? FULL_RUNS : RUNS;
    context.progress("building the contracts");
    await ensureContracts();
    const measurements: Measurement[] = [];
    for (const size of SIZES) {
      for (const feeds of FEEDS) measurements.push(...(await measureSize({ ...size, feeds }, runs, context)));
      for (const feeds of WIDE_FEEDS) measurements.push(...(await measureWide({ ...size, feeds }, context)));
      for (const scheme of SCHEMES) measurements.push(...(await measureScheme({ ...size, scheme }, runs, context)));
    }
    for (const bits of PACKED_BITS) measurements.push(...(await measurePacked(bits, context)));
    return measurements;
  },
};

interface Size {
  readonly n: number;
  readonly f: number;
  readonly feeds: number;
}

/** Everything that is measured with one committee, each profile on a chain of its own. */
async function measureSize({ n, f, feeds }: Size, runs: number, context: BenchContext): Promise<Measurement[]> {
  context.progress(`${n} members, ${feeds} ${feeds === 1 ? "feed" : "feeds"}`);
  const quorum = `${f + 1} of ${n} signatures`;
  const name = `gas.push.ecdsa.n${n}.k${feeds}`;
  const about = `${feeds} of ${feeds} feeds stored, ${quorum}`;
  const signed = await createGasNetwork({ n, f, feeds, lanes: feeds, provable: false, historyDepth: 0 });
  const provable = await createGasNetwork({ n, f, feeds, lanes: LANES, provable: true, historyDepth: HISTORY });
  const measurements = [
    gas(name, await measurePush(signed, runs, context), `${about}, signed only, no history`),
    gas(
      `${name}.provable`,
      await measurePush(provable, runs, context),
      `${about}, can be proven, ${HISTORY} rounds of history, all slots used before`,
    ),
  ];
  if (feeds === 1) measurements.push(...(await pullFigures(signed, { quorum, runs })));
  else measurements.push(configurationFigure(provable));
  if (feeds === LANES && n === SIZES[0].n) {
    const lastRound = FIRST_UPDATES + runs;
    const proofs = await measureProve(provable, { runs: context.full ? FULL_PROOFS : PROOFS, lastRound }, context);
    const proven = "Groth16: each value the median of 3 signed observations of 4 nodes";
    measurements.push(
      gas("gas.prove.n4.k8", proofs, `proof of 8 feeds, all stored as proven; ${proven}`),
      ...(await readFigures(provable)),
      ...deploymentFigures(provable),
    );
  }
  await Promise.all([signed, provable].map(({ connection }) => connection.close()));
  return measurements;
}

/** Reports of more lanes than a circuit has: they are signed only, with and without history. */
async function measureWide({ n, f, feeds }: Size, context: BenchContext): Promise<Measurement[]> {
  context.progress(`${n} members, ${feeds} feeds`);
  const about = `${feeds} of ${feeds} feeds stored, ${f + 1} of ${n} signatures, signed only`;
  const name = `gas.push.ecdsa.n${n}.k${feeds}`;
  const measurements: Measurement[] = [];
  for (const historyDepth of [0, HISTORY]) {
    const network = await createGasNetwork({ n, f, feeds, lanes: feeds, provable: false, historyDepth });
    const used = await measurePush(network, WIDE_RUNS, context);
    measurements.push(
      historyDepth === 0
        ? gas(name, used, `${about}, no history`)
        : gas(
            `${name}.history${historyDepth}`,
            used,
            `${about}, ${historyDepth} rounds of history, all slots used before`,
          ),
    );
    if (historyDepth === 0 && feeds === PACKED_FEEDS) measurements.push(configurationFigure(network));
    await network.connection.close();
  }
  return measurements;
}

/** One feed signed by another scheme, pushed and pulled. */
async function measureScheme(
  { n, f, scheme }: Omit<Size, "feeds"> & { readonly scheme: SchnorrScheme },
  runs: number,
  context: BenchContext,
): Promise<Measurement[]> {
  context.progress(`${n} members, ${scheme}`);
  const quorum = quorumOf(scheme, { n, f });
  const network = await createGasNetwork({ n, f, feeds: 1, lanes: 1, provable: false, historyDepth: 0, scheme });
  const push = await measurePush(network, runs, context);
  const measurements = [
    gas(`gas.push.${scheme}.n${n}.k1`, push, `1 of 1 feeds stored, ${quorum}, signed only, no history`),
    ...(await pullFigures(network, { quorum, runs, prefix: `gas.verify.${scheme}` })),
  ];
  await network.connection.close();
  return measurements;
}

/** Hundreds of feeds, stored whole, under each scheme. */
async function measurePacked(bits: LaneBits, context: BenchContext): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const { n, f } = { n: 31, f: 10 };
  for (const scheme of ["ecdsa-quorum", ...SCHEMES] as const) {
    context.progress(`${PACKED_FEEDS} feeds packed into ${bits} bits, ${scheme}`);
    const size = { n, f, feeds: PACKED_FEEDS, lanes: PACKED_FEEDS, scheme };
    const network = await createGasNetwork({ ...size, provable: false, historyDepth: 0, packedBits: bits });
    const used = await measurePackedPush(network, { runs: WIDE_RUNS, bits }, context);
    const about = `${PACKED_FEEDS} feeds stored whole, ${bits} bits each, ${quorumOf(scheme, { n, f })}, signed only, no history`;
    measurements.push(gas(`gas.push.packed${bits}.${scheme}.n${n}.k${PACKED_FEEDS}`, used, about));
    if (scheme === "ecdsa-quorum") measurements.push(await packedRead(network, bits));
    await network.connection.close();
  }
  return measurements;
}

function quorumOf(scheme: SignatureScheme, { n, f }: { readonly n: number; readonly f: number }): string {
  switch (scheme) {
    case "ecdsa-quorum":
      return `${f + 1} of ${n} signatures`;
    case "schnorr-key-sum":
      return `one signature of ${f + 1} of ${n} keys' sum`;
    case "schnorr-group":
      return `one signature of the group's key`;
  }
}

async function pullFigures(
  network: GasNetwork,
  { quorum, runs, prefix = "gas.verify" }: { readonly quorum: string; readonly runs: number; readonly prefix?: string },
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  let lastRound = FIRST_UPDATES + runs;
  for (const depth of DEPTHS) {
    const used = await measurePull(network, { depth, runs, lastRound });
    lastRound += runs;
    const { length } = network.committee.configuration.members;
    const about = `whole pull as a transaction to \`verify\`, path of ${depth} nodes, ${quorum}`;
    measurements.push(gas(`${prefix}.n${length}.depth${depth}`, used, about));
  }
  return measurements;
}

function gas(name: string, samples: readonly number[], about: string): Measurement {
  return summarise({ name, unit: UNIT, samples, about });
}

type Readable = Addressable & Pick<BaseContract, "interface">;

/** One cold call each, as `eth_call`, measured by a contract on the same chain. */
async function readFigures({ connection, committee, addresses }: GasNetwork): Promise<Measurement[]> {
  const { ethers } = connection;
  const meter = await ethers.deployContract("ReadMeter");
  const [feed] = committee.configuration.feeds;
  if (feed === undefined) throw new TypeError("a committee has feeds");
  const hub = addressOf(addresses, "hub");
  const about = "from just before to just after the caller's cold STATICCALL";
  const measure = async (name: string, contract: Readable, [read, ...args]: readonly [string, ...unknown[]]) => {
    const data = contract.interface.encodeFunctionData(read, args);
    const value = Number(await meter.getFunction("measure").staticCall(contract, data));
    return { name: `gas.read.${name}`, value, unit: UNIT, about: `${read}, ${about}` };
  };
  const adapter = (contract: string, name: string) => ethers.getContractAt(contract, addressOf(addresses, name));
  const stored = new Contract(hub, feedHubAbi);
  return [
    await measure("hub", stored, ["latest", feed.id]),
    await measure("hub.packed", stored, ["latestPacked", feed.id]),
    await measure("proxy", new Contract(addressOf(addresses, "proxy0"), feedProxyAbi), ["latestRoundData"]),
    await measure("pyth", await adapter("PythAdapter", "pyth"), ["getPriceNoOlderThan", feed.id, MaxUint256]),
    await measure("api3", await adapter("Api3Adapter", "api30"), ["read"]),
    await measure("chronicle", await adapter("ChronicleAdapter", "chronicle0"), ["read"]),
    await measure("chronicle.peek", await adapter("ChronicleAdapter", "chronicle0"), ["peek"]),
  ];
}

async function packedRead({ connection, hub }: GasNetwork, bits: LaneBits): Promise<Measurement> {
  const meter = await connection.ethers.deployContract("ReadMeter");
  const data = hub.interface.encodeFunctionData("latest", [100]);
  const value = Number(await meter.getFunction("measure").staticCall(hub, data));
  const about = `latest(lane) of a packed hub, ${bits} bits a value, from just before to just after the caller's cold STATICCALL`;
  return { name: `gas.read.packed${bits}`, value, unit: UNIT, about };
}

function deploymentFigures({ deployment, addresses }: GasNetwork): Measurement[] {
  const figure = (name: string, used: readonly GasUsed[], about: string): Measurement => ({
    name: `gas.deploy.${name}`,
    value: total(used),
    unit: UNIT,
    about,
  });
  const creation = (name: string) => deployment.filter(({ created }) => created === addressOf(addresses, name));
  return [
    ...["poseidon", "groth16", "verifier", "registry", "hub", "court", "desk"].map((name) =>
      figure(name, creation(name), "contract creation"),
    ),
    ...["proxy", "api3", "chronicle"].map((name) =>
      figure(name, creation(`${name}0`), "contract creation, one per feed"),
    ),
    figure("pyth", creation("pyth"), "contract creation, serving one feed"),
    figure(
      "wiring",
      deployment.filter(({ created }) => created === undefined),
      "setHub, setVerifier, and the slots of reports and of each feed's history, filled in advance",
    ),
    figure("total", deployment, "everything, with 8 proxies and an adapter of each kind"),
  ];
}

function configurationFigure({ configuration, committee }: GasNetwork): Measurement {
  const [n, k] = [committee.configuration.members.length, committee.configuration.feeds.length];
  return {
    name: k === LANES ? `gas.configure.n${n}` : `gas.configure.n${n}.k${k}`,
    value: total(configuration),
    unit: UNIT,
    about: `stage and activate, ${k} feeds, in ${configuration.length} transactions`,
  };
}

function total(used: readonly GasUsed[]): number {
  return used.reduce((sum, { gasUsed }) => sum + gasUsed, 0);
}
