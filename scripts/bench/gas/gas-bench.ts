import { Interface } from "ethers";
import type { Hex } from "../../../core/types/hex.ts";
import { feedHubAbi, feedProxyAbi } from "../../../node/chain/generated/abi.ts";
import { ensureContracts } from "../../toolchain/contracts.ts";
import type { Bench, Measurement } from "../result.ts";
import { summarise } from "../statistics.ts";
import type { CommitteeSize } from "./committee.ts";
import { addressOf, type GasNetwork, createGasNetwork, type GasUsed } from "./gas-network.ts";
import { measureProve, type ProveGas } from "./measure-prove.ts";
import { measurePush, type PushGas } from "./measure-push.ts";

const SMALL: CommitteeSize = { n: 4, f: 1 };
/** No circuit of this repository is that large: its reports are signed only. */
const LARGE: CommitteeSize = { n: 31, f: 10 };
const RUNS = 10;
const FULL_RUNS = 50;
const PROOFS = 3;
const FULL_PROOFS = 20;

/** `receipt.gasUsed`: 21,000 for the transaction, its calldata and its execution, after refunds. */
const UNIT = "gas";

/** The contracts that Ignition deploys, on EDR with its default hardfork and limits. */
export const gasBench: Bench = {
  name: "gas",
  description: "gas of deployment, configuration, pushes, pulls, proofs and reads",
  async run(context) {
    const runs = context.full ? FULL_RUNS : RUNS;
    context.progress("building the contracts");
    await ensureContracts();
    context.progress("deploying for four members");
    const small = await createGasNetwork(SMALL);
    const { rounds: lastRound, ...push } = await measurePush(small, runs, context);
    const proofs = await measureProve(small, { runs: context.full ? FULL_PROOFS : PROOFS, lastRound }, context);
    context.progress("deploying for 31 members");
    const large = await createGasNetwork(LARGE);
    const pushLarge = await measurePush(large, runs, context);
    const measurements = [
      ...pushFigures(SMALL, push),
      ...pushFigures(LARGE, pushLarge),
      ...proveFigures(proofs),
      ...(await readFigures(small)),
      ...deploymentFigures(small),
      ...[small, large].map(configurationFigure),
    ];
    await Promise.all([small, large].map(({ connection }) => connection.close()));
    return measurements;
  },
};

function gas(name: string, samples: readonly number[], about: string): Measurement {
  return summarise({ name, unit: UNIT, samples, about });
}

function pushFigures({ n, f }: CommitteeSize, { one, all, filling, verify }: Omit<PushGas, "rounds">): Measurement[] {
  const signed = `${f + 1} of ${n} signatures, no history, signed only`;
  return [
    gas(`gas.push.ecdsa.n${n}.k1`, one, `1 feed of an 8-feed report stored, ${signed}`),
    gas(`gas.push.ecdsa.n${n}.k8`, all, `8 feeds stored, ${signed}`),
    gas(
      `gas.push.ecdsa.n${n}.k8.filling`,
      filling,
      "the same while the ring of report slots fills (a hub's first 64 reports)",
    ),
    gas(`gas.verify.n${n}.depth3`, verify, `whole pull as a transaction to \`verify\`, ${f + 1} of ${n} signatures`),
  ];
}

function proveFigures({ all, none }: ProveGas): Measurement[] {
  const proven = "Groth16: each value the median of 3 signed observations of 4 nodes";
  return [
    gas("gas.prove.n4.k8", all, `proof of 8 feeds, all stored as proven; ${proven}`),
    gas("gas.prove.n4.k8.mark", none, "the same proof, the report marked as proven and no feed stored"),
  ];
}

/** One cold call each, as `eth_call`, measured by a contract on the same chain. */
async function readFigures({ connection, committee, addresses }: GasNetwork): Promise<Measurement[]> {
  const meter = await connection.ethers.deployContract("ReadMeter");
  const feedId = committee.configuration.feeds[0]?.id;
  const measure = async (target: Hex, data: string) =>
    Number(await meter.getFunction("measure").staticCall(target, data));
  const hub = await measure(
    addressOf(addresses, "hub"),
    new Interface(feedHubAbi).encodeFunctionData("latest", [feedId]),
  );
  const proxy = await measure(
    addressOf(addresses, "proxy0"),
    new Interface(feedProxyAbi).encodeFunctionData("latestRoundData"),
  );
  const about = "from just before to just after the caller's cold STATICCALL";
  return [
    { name: "gas.read.hub", value: hub, unit: UNIT, about: `latest(feedId), ${about}` },
    { name: "gas.read.proxy", value: proxy, unit: UNIT, about: `AggregatorV3 latestRoundData(), ${about}` },
  ];
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
    ...["poseidon", "groth16", "verifier", "registry", "hub", "court"].map((name) =>
      figure(name, creation(name), "contract creation"),
    ),
    figure("proxy", creation("proxy0"), "contract creation, one per feed"),
    figure(
      "wiring",
      deployment.filter(({ created }) => created === undefined),
      "setHub and setVerifier",
    ),
    figure("total", deployment, "everything, with 8 proxies"),
  ];
}

function configurationFigure({ configuration, committee }: GasNetwork): Measurement {
  const { length } = committee.configuration.members;
  return {
    name: `gas.configure.n${length}`,
    value: total(configuration),
    unit: UNIT,
    about: "stage and activate, 8 feeds",
  };
}

function total(used: readonly GasUsed[]): number {
  return used.reduce((sum, { gasUsed }) => sum + gasUsed, 0);
}
