import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEndpointRanking, MAX_LAG_BLOCKS, type Probe } from "../../../node/chain/endpoint-ranking.ts";
import type { Endpoint } from "../../../node/chain/endpoint.ts";

const SILENT: Probe = { kind: "silent", error: new Error("silent") };
const at = (head: number): Probe => ({ kind: "well", head });

function create(count = 3) {
  const endpoints = Array.from({ length: count }, (_, index): Endpoint => {
    const origin = `http://endpoint-${index}`;
    const send = () => Promise.reject(new Error("never asked here"));
    return { index, origin, labels: {}, latencyMs: () => undefined, send };
  });
  const ranking = createEndpointRanking(endpoints);
  return {
    ranking,
    endpoints,
    order: () => ranking.order().map(({ index }) => index),
    look: (...probes: Probe[]) => ranking.probed(probes),
    changes: () => ranking.changes().map(({ endpoint, change }) => [endpoint.index, change]),
  };
}

describe("the ranking of endpoints", () => {
  it("asks the preferred one first while it is well", () => {
    const { order, look, changes } = create();
    look(at(10), at(10), at(10));
    assert.deepEqual([order(), changes()], [[0, 1, 2], []]);
  });

  it("asks others first once one failed, and it again only after two good looks", () => {
    const { order, look, ranking, endpoints, changes } = create();
    look(at(10), at(10), at(10));
    ranking.failed(endpoints[0]!);
    assert.deepEqual(order(), [1, 2, 0]);
    look(at(11), at(11), at(11));
    assert.deepEqual([order(), changes()], [[1, 2, 0], [[0, "lost"]]]);
    look(at(12), at(12), at(12));
    assert.deepEqual([order(), changes()], [[0, 1, 2], [[0, "recovered"]]]);
  });

  it("keeps one that comes and goes behind", () => {
    const { order, look } = create(2);
    look(at(1), at(1));
    for (let looks = 0; looks < 5; looks++) {
      look(SILENT, at(1));
      look(at(1), at(1));
      assert.deepEqual(order(), [1, 0]);
    }
  });

  it("leaves one behind whose head is too old, at the second look", () => {
    const { order, look, changes } = create();
    const head = 100;
    look(at(head), at(head), at(head));
    look(at(head - MAX_LAG_BLOCKS), at(head), at(head));
    look(at(head - MAX_LAG_BLOCKS), at(head), at(head));
    assert.deepEqual(order(), [0, 1, 2], "so much is normal");
    look(at(head - MAX_LAG_BLOCKS - 1), at(head), at(head));
    assert.deepEqual(order(), [0, 1, 2]);
    look(at(head - MAX_LAG_BLOCKS - 1), at(head), at(head));
    assert.deepEqual([order(), changes()], [[1, 2, 0], [[0, "lagging"]]]);
    look(at(head), at(head), at(head));
    look(at(head), at(head), at(head));
    assert.deepEqual([order(), changes()], [[0, 1, 2], [[0, "recovered"]]]);
  });

  it("does not let one that boasts outlaw the others", () => {
    const { order, look } = create();
    for (let looks = 0; looks < 5; looks++) look(at(100), at(100), at(1_000_000));
    assert.deepEqual(order(), [0, 1, 2]);
  });

  it("never asks one that serves another chain, until it serves the right one", () => {
    const { order, look, changes, ranking } = create(2);
    look({ kind: "other-chain", actual: 5 }, at(1));
    assert.deepEqual([order(), changes()], [[1], [[0, "other-chain"]]]);
    look(SILENT, SILENT);
    assert.deepEqual(order(), [1], "also where nothing else answers");
    assert.deepEqual(
      ranking.status().map(({ up, inUse }) => [up, inUse]),
      [
        [false, false],
        [false, true],
      ],
    );
    look(at(1), at(1));
    look(at(1), at(1));
    assert.deepEqual(order(), [0, 1]);
  });

  it("asks all in their order where none is well", () => {
    const { order, look } = create();
    look(SILENT, SILENT, SILENT);
    assert.deepEqual(order(), [0, 1, 2]);
  });
});
