import type { Clock } from "../../../../core/ports/clock.ts";
import type { Network } from "../../../../core/ports/network.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { systemClock } from "../../../../node/app/system-clock.ts";
import type { NetworkOptions } from "../../../../node/p2p/committee-network.ts";
import type { MemberLimits } from "../../../../node/p2p/limits.ts";
import { createTransport, type Transport } from "../../../../node/p2p/transport.ts";
import { freePorts } from "../../../../scripts/devnet/free-port.ts";
import { createTestIdentity } from "../../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";
import { until } from "../../../support/until.ts";
import { createRecordingMeter } from "../../sandbox/support/recording-meter.ts";

const CONFIG: Hex = `0x${"cd".repeat(32)}`;
export const OTHER_CONFIG: Hex = `0x${"ef".repeat(32)}`;
/** Room for everything: a test that is about limits narrows them. */
export const WIDE_LIMITS: MemberLimits = {
  maxFrameBytes: 2_000,
  frames: { burst: 10_000, perSecond: 10_000 },
  bytes: { burst: 10_000_000, perSecond: 10_000_000 },
  maxQueuedFrames: 256,
};

const MEMBERS = 4;
export const identities = await Promise.all(Array.from({ length: MEMBERS }, (_, member) => createTestIdentity(member)));
const ports = await freePorts(MEMBERS);
export const listenOf = (member: number) => `/ip4/127.0.0.1/tcp/${ports[member] ?? 0}`;
export const addressOf = (member: number) => `${listenOf(member)}/p2p/${identities[member]?.peerId ?? ""}`;

const running = new Set<Transport>();

/** A node over real TCP, Noise and Yamux on loopback. */
export async function startMember(self: number, { clock = systemClock }: { clock?: Clock } = {}) {
  const [log, meter] = [createRecordingLog(), createRecordingMeter()];
  const { peerPrivateKey: privateKey } = identities[self]!;
  const transport = await createTransport(
    { privateKey, listen: listenOf(self) },
    { clock, log, meter, random: Math.random },
  );
  running.add(transport);
  return {
    ...{ self, transport, log, meter },
    async stop() {
      running.delete(transport);
      await transport.stop();
    },
  };
}

export type Member = Awaited<ReturnType<typeof startMember>>;

/** Joins the committee of the first `size` members with the member's index as its own. */
export async function joinCommittee(
  { self, transport }: Member,
  { size = 3, ...options }: Partial<NetworkOptions> & { size?: number } = {},
) {
  const frames: { from: number; bytes: number[] }[] = [];
  const seen: string[] = [];
  const members = identities.slice(0, size);
  const network = await transport.join(
    {
      ...{ self, configDigest: CONFIG, f: 1, limits: WIDE_LIMITS },
      peerKeys: members.map(({ member }) => member.peerKey),
      addresses: members.map((_, member) => addressOf(member)),
      ...options,
    },
    {
      onFrame: (from, bytes) => void frames.push({ from, bytes: [...bytes] }),
      onConnected: (peer) => void seen.push(`+${peer}`),
      onDisconnected: (peer) => void seen.push(`-${peer}`),
    },
  );
  return { network, frames, seen };
}

export type Joined = Member & Awaited<ReturnType<typeof joinCommittee>>;

export async function startAndJoin(
  self: number,
  { clock, ...options }: Partial<NetworkOptions> & { size?: number; clock?: Clock } = {},
): Promise<Joined> {
  const member = await startMember(self, clock === undefined ? {} : { clock });
  return { ...member, ...(await joinCommittee(member, options)) };
}

export async function allConnected(...nodes: readonly { network: Network }[]): Promise<void> {
  await until("all connected", () => nodes.every(({ network }) => network.connected().length === nodes.length - 1));
}

export async function stopAll(): Promise<void> {
  for (const transport of running) await transport.stop();
  running.clear();
}

export const frame = (...bytes: number[]) => Uint8Array.from(bytes);

/** Waits until nothing of any node is left in this process. */
export async function untilNoSockets(): Promise<void> {
  await until("no socket and no server is left", () => {
    const left = process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
    return left.length === 0 ? true : left.join();
  });
}
