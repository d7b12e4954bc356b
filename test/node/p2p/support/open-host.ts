import type { Ed25519PrivateKey, Libp2p } from "@libp2p/interface";
import type { BoundsDeps } from "../../../../node/p2p/bounded-connection.ts";
import { startHost } from "../../../../node/p2p/libp2p-host.ts";
import type { ConnectionLimits } from "../../../../node/p2p/limits.ts";

const ANY = { burst: 1e9, perSecond: 1e9 };
const NO_LIMITS: ConnectionLimits = { frames: ANY, bytes: ANY, streams: ANY, pings: ANY };

/** libp2p as nodes have it, which takes from anybody whatever comes however fast, and may send what it likes. */
export function startOpenHost(
  privateKey: Ed25519PrivateKey,
  { listen = "/ip4/127.0.0.1/tcp/0", ...on }: Partial<Pick<BoundsDeps, "onFault">> & { listen?: string } = {},
): Promise<Libp2p> {
  return startHost(
    { privateKey, listen, limits: () => NO_LIMITS },
    { now: () => 0, admits: () => true, onFault: () => undefined, onHandshakeFault: () => undefined, ...on },
  );
}
