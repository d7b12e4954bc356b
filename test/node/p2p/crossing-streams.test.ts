import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import type { Clock } from "../../../core/ports/clock.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { until } from "../../support/until.ts";
import { allConnected, frame, type Joined, startAndJoin, stopAll, untilNoSockets } from "./support/members.ts";

/** The higher index yields for 1 ms with it: less than a dial takes. */
const IMPATIENT: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 1_000, signal) };

/** Who opened the channel that this node keeps, as its log tells. */
function openers({ log }: Joined): unknown[] {
  return log.lines.flatMap(({ message, fields }) => (message === "member connected" ? [fields.opener] : []));
}

describe("crossing streams", () => {
  afterEach(stopAll);
  after(untilNoSockets);

  it("end with both sides on one stream, whoever was first, and stay so", async () => {
    let crossed = 0;
    for (let attempt = 0; attempt < 15; attempt++) {
      const [a, b] = await Promise.all([
        startAndJoin(0, { size: 2, clock: IMPATIENT }),
        startAndJoin(1, { size: 2, clock: IMPATIENT }),
      ]);
      await allConnected(a, b);
      // Both directions work at the same time only if both use the same stream.
      await until("both hear", () => {
        a.network.send(1, frame(1));
        b.network.send(0, frame(2));
        return a.frames.length > 0 && b.frames.length > 0;
      });
      const changes = a.seen.length + b.seen.length;
      const heard = a.frames.length + b.frames.length;
      for (let i = 0; i < 5; i++) {
        a.network.send(1, frame(3));
        b.network.send(0, frame(4));
      }
      await until("all arrive", () => a.frames.length + b.frames.length >= heard + 10);
      assert.equal(a.seen.length + b.seen.length, changes, "no flapping");
      assert.equal(openers(a).at(-1), openers(b).at(-1));
      assert.ok(changes <= 6, `${a.seen.join()} | ${b.seen.join()}`);
      if (changes > 2) crossed += 1;
      await until("one connection of the two is left, with its two ends here", () => {
        const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
        return sockets === 2 ? true : sockets;
      });
      assert.equal(a.seen.length + b.seen.length, changes, "and nobody noticed");
      await stopAll();
    }
    assert.ok(crossed > 0, "this test has seen what it is about");
  });
});
