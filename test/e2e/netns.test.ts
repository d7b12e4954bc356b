import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { oneFinalPerSlot, nobodySignedTwice } from "../../scripts/devnet/checks/signatures.ts";
import { DEVELOPMENT_TIMING } from "../../scripts/devnet/feeds.ts";
import { type DevNetwork, startNetwork, type Stoppable } from "../../scripts/devnet/network.ts";
import { RoundBook } from "../../scripts/devnet/round-book.ts";
import { Timeline } from "../../scripts/devnet/timeline.ts";
import { ensureContracts } from "../../scripts/toolchain/contracts.ts";
import { ROOT } from "../../scripts/toolchain/root.ts";
import { forward } from "./support/netns/forwarder.ts";
import { openLossyEther } from "./support/netns/lossy-ether.ts";
import { addNamespaces, type Namespaces, TUNNEL_PORT, whyNoNamespaces } from "./support/netns/namespaces.ts";

const NODES = 4;
const QUORUM = 3;
const LOSS = 0.02;
const DELAY_MS = [15, 25] as const;
/** As the development timing, with rounds that follow sooner. */
const TIMING = { ...DEVELOPMENT_TIMING, deltaRound: 2_000, deltaProgress: 5_000 };
/** For each thing that must happen, on a slow and busy machine. */
const PATIENCE_MS = 120_000;
const DOWN_MS = 6_000;
/** Packets that had passed the link before may still set something off. */
const SETTLE_MS = 1_000;
const REFOLLOW_MS = 250;

const missing = await whyNoNamespaces();
if (missing !== undefined) console.log(`SKIPPED: rounds between network namespaces: ${missing}`);

describe("four nodes in network namespaces", { skip: missing ?? false }, () => {
  it("keep finishing rounds while packets are lost and late, and through a link that goes down", async () => {
    await using stage = await setUp();
    const { book, namespaces, ether, network } = stage;
    const all = [0, 1, 2, 3];
    const newest = (nodes: readonly number[], quorum: number) =>
      Math.max(0, ...book.finals(nodes, quorum).map(({ at }) => at));

    await eventually("three rounds", () => book.finals(all, NODES).length >= 3);
    const { carried, lost } = ether.counts;
    assert.ok(lost > 0 && lost < carried, `${lost} packets were lost and ${carried} carried`);

    await namespaces.setLink(2, "down");
    const downAt = Date.now();
    await delay(DOWN_MS);
    await eventually("a round of the others", () => newest([0, 1, 3], QUORUM) > downAt + SETTLE_MS);
    const upAt = Date.now();
    const itsOwn = book.finals([2], 1).filter(({ at }) => at > downAt + SETTLE_MS && at < upAt);
    assert.deepEqual(itsOwn, [], "the node whose link is down takes part in nothing");
    await namespaces.setLink(2, "up");
    await eventually("a round with the node whose link was down", () => newest(all, NODES) > upAt);

    for (const check of [nobodySignedTwice(network, [], undefined), oneFinalPerSlot(network, [])])
      assert.ok(check.passed, check.detail);
  });
});

interface Stage extends AsyncDisposable {
  readonly network: DevNetwork;
  readonly namespaces: Namespaces;
  readonly ether: Awaited<ReturnType<typeof openLossyEther>>;
  readonly book: RoundBook;
}

/** Everything that is made is taken away again, whatever fails. */
async function setUp(): Promise<Stage> {
  await ensureContracts();
  const directory = path.join(ROOT, ".quorate/netns", String(process.pid));
  await mkdir(directory, { recursive: true });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const namespaces = await addNamespaces(NODES);
  cleanup.defer(() => namespaces.remove());
  const { outside: host, plainHostOf, macOf } = namespaces;
  const stations = Array.from({ length: NODES }, (_, node) => ({ tunnel: plainHostOf(node), mac: macOf(node) }));
  const ether = await openLossyEther({ host, port: TUNNEL_PORT, stations, loss: LOSS, delayMs: DELAY_MS, seed: 4 });
  cleanup.defer(() => ether.close());
  const network = await startNetwork(
    { directory, seed: "netns", scripts: new Map(), timing: TIMING, proving: false, calm: true, terrain: terrainOf() },
    {
      timeline: new Timeline({ now: Date.now }),
      own(part: Stoppable) {
        cleanup.defer(async () => {
          await part.stop();
        });
      },
    },
  );
  const following = new AbortController();
  const book = new RoundBook();
  const followers = network.nodes.map((_, node) => follow(network, node, { book, signal: following.signal }));
  cleanup.defer(async () => {
    following.abort();
    await Promise.all(followers);
  });
  const kept = cleanup.move();
  return { network, namespaces, ether, book, [Symbol.asyncDispose]: () => kept.disposeAsync() };

  function terrainOf() {
    return {
      hostOf: namespaces.hostOf,
      adminHostOf: plainHostOf,
      within: (node: number) => ["ip", "netns", "exec", namespaces.names[node] ?? ""],
      async reach(url: string) {
        const forwarder = await forward(url, host);
        cleanup.defer(() => forwarder.close());
        return forwarder.url;
      },
    };
  }
}

async function follow(
  { nodes }: DevNetwork,
  node: number,
  { book, signal }: { book: RoundBook; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await nodes[node]?.admin.follow((event) => book.note(node, event), signal);
    await delay(REFOLLOW_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} did not happen within ${PATIENCE_MS / 1000} s`);
    await delay(100);
  }
}
