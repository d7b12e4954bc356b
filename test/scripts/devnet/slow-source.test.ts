import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SLOW_EXCHANGE, startSlowSource } from "../../../scripts/devnet/faults/slow-source.ts";
import type { DevNetwork } from "../../../scripts/devnet/network.ts";
import type { SlowRequest } from "../../../scripts/devnet/replay/slowness.ts";
import { stage, untilFinished } from "./support/stage.ts";

const ALL = [0, 1, 2, 3];

/** Four nodes whose metrics count a reading per look: one that timed out while the source is slow, a good one else. */
async function slowSource({ blind = [] as readonly number[], stalls = false } = {}) {
  const asked: (string | undefined)[] = [];
  const counts = ALL.map(() => ({ ok: 0, timeout: 0 }));
  let how: SlowRequest["how"];
  const replay = {
    request(request: SlowRequest) {
      assert.equal(request.exchange, SLOW_EXCHANGE);
      how = request.how;
      asked.push(how);
      return Promise.resolve({ kind: "slowed" });
    },
  };
  const nodes = counts.map((count) => ({
    admin: {
      metrics: () =>
        Promise.resolve(
          ["ok", "timeout"]
            .map(
              (result) => `source_reads_total{source="${SLOW_EXCHANGE}",result="${result}"} ${count[result as "ok"]}\n`,
            )
            .join(""),
        ),
    },
  }));
  const { deps, finished } = stage({ replay, nodes } as unknown as DevNetwork, () => {
    counts.forEach((count, node) => (count[how === undefined || blind.includes(node) ? "ok" : "timeout"] += 1));
    return stalls && how !== undefined ? [] : ALL;
  });
  const episode = startSlowSource(deps);
  await untilFinished(episode);
  const checks = await episode.checks(finished());
  return { asked, failed: checks.filter(({ passed }) => !passed), count: checks.length };
}

describe("the slow source", () => {
  it("is late, then trickles, then is mended, and a correct network goes on", async () => {
    const { asked, failed, count } = await slowSource();
    assert.deepEqual(asked, ["late", "trickle", undefined]);
    assert.deepEqual([failed, count], [[], 2]);
  });

  it("is missed where a node's metrics do not tell of it", async () => {
    const { failed } = await slowSource({ blind: [2] });
    assert.deepEqual(failed, [
      {
        name: "the slow source shows in the metrics",
        passed: false,
        detail: "node-3 counts 0 readings that timed out and 4 good ones",
      },
    ]);
  });

  it("is told of where the rounds do not go on", async () => {
    const { failed } = await slowSource({ stalls: true });
    assert.match(failed[0]?.detail ?? "", /reports while kraken is slow did not happen within 90 s/);
  });
});
