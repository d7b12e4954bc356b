import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { queryObjects } from "node:v8";
import { AbstractMessageStream } from "@libp2p/utils";
import { trials } from "../../support/depth.ts";
import { until } from "../../support/until.ts";
import {
  allConnected,
  frame,
  joinCommittee,
  OTHER_CONFIG,
  startAndJoin,
  startMember,
  stopAll,
  untilNoSockets,
} from "./support/members.ts";

const CYCLES = trials({ slice: 40, full: 400 });
/** Objects whose end comes a little later: what the last cycles closed. */
const SLACK = 16;

/** Streams and connections, and signals with their listeners, that anything still refers to. */
function alive(): { streams: number; signals: number; sockets: number } {
  return {
    // Counting collects garbage first.
    streams: queryObjects(AbstractMessageStream, { format: "count" }),
    signals: queryObjects(AbortSignal, { format: "count" }),
    sockets: process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
  };
}

describe("channels that come and go", () => {
  afterEach(stopAll);
  after(untilNoSockets);

  for (const [what, isConnectionKept] of [
    ["streams of one connection", true],
    ["connections", false],
  ] as const) {
    it(`leave nothing behind: ${what}`, async () => {
      const [a, b] = await Promise.all(
        [0, 1].map((self) =>
          isConnectionKept ? startAndJoin(self, { size: 2, configDigest: OTHER_CONFIG }) : startMember(self),
        ),
      );
      const cycle = async (): Promise<void> => {
        const pair = await Promise.all([a!, b!].map((member) => joinCommittee(member, { size: 2 })));
        await allConnected(...pair);
        pair[0]!.network.send(1, frame(1));
        await until("heard", () => pair[1]!.frames.length === 1);
        await Promise.all(pair.map(({ network }) => network.stop()));
      };
      for (let i = 0; i < 10; i++) await cycle();
      const before = alive();
      for (let i = 0; i < CYCLES; i++) await cycle();
      await until("as little is left as before", () => {
        const now = alive();
        const grown = Object.entries(now).filter(([name, count]) => count > before[name as keyof typeof now] + SLACK);
        return grown.length === 0 ? true : JSON.stringify({ before, now });
      });
      assert.ok(CYCLES > 2 * SLACK, "one object kept per cycle would show");
    });
  }
});
