import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Contract, type JsonRpcProvider } from "ethers";
import { solidityConfiguration } from "../../../core/codec/configuration.ts";
import type { Committees } from "../../../core/ports/chain.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { type CommitteeWatcher, startCommitteeWatcher } from "../../../node/chain/committee-watcher.ts";
import { committeeRegistryAbi } from "../../../node/chain/generated/abi.ts";
import { eighth } from "../../../core/crypto/babyjubjub.ts";
import { type DevChain, startDevChain } from "../../support/dev-chain.ts";
import { createProtocolFixture } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { until } from "../../support/until.ts";

const LANES = 2;
const POLL_MS = 20;
const FOR_EVER = 2 ** 32 - 1;

describe("the committee watcher", () => {
  const folder = scratchFolder();
  const watchers: CommitteeWatcher[] = [];
  let chain: DevChain;
  let provider: JsonRpcProvider;
  let registry: Contract;
  let first: Configuration;
  let told: Committees[] = [];
  const digests: Hex[] = [];

  before(async () => {
    chain = await startDevChain({ folder, n: 4, f: 1, lanes: LANES });
    ({ provider } = chain);
    registry = new Contract(chain.deployment.registry, committeeRegistryAbi, await provider.getSigner(0));
    ({ configuration: first } = await createProtocolFixture({ lanes: LANES }));
  });
  after(async () => {
    for (const watcher of watchers) await watcher.stop();
    await chain.stop();
  });

  function watch(known: readonly Hex[] = []): { told: Committees[]; watcher: CommitteeWatcher } {
    const seen: Committees[] = [];
    const log = createRecordingLog();
    const watcher = startCommitteeWatcher(
      { ...chain.deployment, pollMs: POLL_MS, known },
      { provider, clock: systemClock, log, events: { onCommittees: (committees) => void seen.push(committees) } },
    );
    watchers.push(watcher);
    return { told: seen, watcher };
  }

  const latest = () => told.at(-1)?.statuses.map(({ digest, index, state }) => [digests.indexOf(digest), index, state]);
  const call = async (name: string, ...values: unknown[]) => {
    const sent = (await registry.getFunction(name)(...values)) as { wait(): Promise<unknown> };
    await sent.wait();
  };

  async function stage(configuration: Configuration): Promise<Hex> {
    const witnesses = configuration.members.map(({ observer }) => eighth(observer));
    await call("stage", solidityConfiguration(configuration), witnesses, []);
    const events = await registry.queryFilter("ConfigurationStaged");
    const digest = events.at(-1)?.topics[1] as Hex;
    digests.push(digest);
    return digest;
  }

  it("tells that there is none", async () => {
    ({ told } = watch());
    await until("told", () => told.length === 1);
    assert.deepEqual(told[0], { statuses: [], lastSequence: 0n });
  });

  it("tells what is staged, and what is in force", async () => {
    const digest = await stage(first);
    await until("staged", () => latest()?.length === 1);
    assert.deepEqual(told.at(-1)?.statuses, [{ digest, index: 1, state: "staged", validUntil: 0 }]);
    await call("activate", digest);
    await until("active", () => told.at(-1)?.statuses[0]?.state === "active");
    assert.deepEqual(told.at(-1)?.statuses, [{ digest, index: 1, state: "active", validUntil: FOR_EVER }]);
  });

  it("tells one step of a change after the other, and never two active ones", async () => {
    const next = { ...first, index: 2, timing: { ...first.timing, deltaGrace: first.timing.deltaGrace + 1 } };
    await stage(next);
    const other = await stage({ ...next, timing: { ...next.timing, deltaGrace: next.timing.deltaGrace + 1 } });
    await until("both staged", () => latest()?.length === 3);
    await call("activate", digests[1]);
    await until("active", () => latest()?.some(([, , state]) => state === "retired") === true);
    assert.deepEqual(latest(), [
      [0, 1, "retired"],
      [1, 2, "active"],
    ]);
    assert.ok(told.every(({ statuses }) => statuses.filter(({ state }) => state === "active").length <= 1));
    const [retired] = told.at(-1)!.statuses;
    const now = (await provider.getBlock("latest"))!.timestamp;
    assert.ok(retired!.validUntil > now && retired!.validUntil <= now + 3_600);
    assert.ok(other.length === 66, "the other candidate can never be activated: it is not told any more");
  });

  it("finds after a restart who is in its grace, from events or from what the node remembers", async () => {
    const again = watch();
    await until("told", () => again.told.length > 0);
    assert.deepEqual(again.told[0], told.at(-1));
    const remembering = watch([digests[0]!]);
    await until("told", () => remembering.told.length > 0);
    assert.deepEqual(remembering.told[0], told.at(-1));
  });

  it("tells a revocation at once, and that a retired one's grace and settling are over", async () => {
    await call("revoke", digests[1]);
    await until("revoked", () => latest()?.some(([, , state]) => state === "revoked") === true);
    assert.deepEqual(latest(), [
      [0, 1, "retired"],
      [1, 2, "revoked"],
    ]);
    assert.equal(told.at(-1)?.statuses[1]?.validUntil, 0);
    await provider.send("evm_increaseTime", [4_300]);
    await provider.send("hardhat_mine", []);
    await until("over", () => latest()?.length === 1);
    assert.deepEqual(latest(), [[1, 2, "revoked"]]);
  });

  it("goes back with the chain when blocks are replaced", async () => {
    const snapshot = (await provider.send("evm_snapshot", [])) as string;
    const count = told.length;
    const third = await stage({ ...first, index: 3 });
    await until("staged", () => told.length > count && told.at(-1)!.statuses.some(({ digest }) => digest === third));
    await provider.send("evm_revert", [snapshot]);
    await provider.send("hardhat_mine", ["0x3"]);
    await until("gone", () => told.at(-1)!.statuses.every(({ digest }) => digest !== third));
  });
});
