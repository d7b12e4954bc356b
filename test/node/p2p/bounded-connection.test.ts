import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import type { Connection, MessageStream } from "@libp2p/interface";
import { MAX_UNSENT_BYTES } from "../../../node/p2p/bounded-connection.ts";
import { until } from "../../support/until.ts";
import { identities, untilNoSockets } from "./support/members.ts";
import { startOpenHost } from "./support/open-host.ts";
import { pings, startRawPeer } from "./support/raw-peer.ts";

/** More than the system keeps for two sockets, and some. */
const MUCH = 134_217_728;
const PIECE = pings(10_000);

const started: { stop(): void | Promise<void> }[] = [];

/** What waits on a connection's two layers, and is the victim's own to keep. */
function unsentOn(connection: Connection | undefined): number {
  const { maConn, muxer } = connection as unknown as { maConn: MessageStream; muxer: { maConn: MessageStream } };
  return maConn.writeBufferLength + muxer.maConn.writeBufferLength;
}

describe("bounded connection", () => {
  afterEach(async () => {
    for (const part of started.splice(0)) await part.stop();
  });
  after(untilNoSockets);

  it("ends when its peer reads nothing of what the muxer answers, however fast it may ask", async () => {
    const faults: [string, string][] = [];
    const victim = await startOpenHost(identities[0]!.peerPrivateKey, { onFault: (...fault) => faults.push(fault) });
    started.push(victim);
    const { peerId, peerPrivateKey } = identities[1]!;
    const raw = await startRawPeer(peerPrivateKey, String(victim.getMultiaddrs()[0]));
    started.push(raw);
    raw.pauseReading();
    await until("connected", () => victim.getConnections().length === 1);
    const [connection] = victim.getConnections();
    let most = 0;
    for (let sent = 0; sent < MUCH && !raw.ended; sent += PIECE.length) {
      await raw.pour(PIECE);
      most = Math.max(most, unsentOn(connection));
    }
    await until("cut off", () => raw.ended && victim.getConnections().length === 0);
    assert.deepEqual(faults, [[peerId, "unread"]]);
    assert.ok(most > 0 && most <= 2 * MAX_UNSENT_BYTES, `${most} bytes waited`);
  });
});
