import path from "node:path";
import type { Hex } from "../../../core/types/hex.ts";
import { createNodeKeys, type RegistrationRecord, writeNodeConfig } from "../../../node/app/init.ts";
import type { SignedFetcher } from "../signed-fetcher.ts";
import { PASSWORD_VARIABLE } from "./node-process.ts";

/** Protects nothing: these keys are worth nothing and live in a scratch folder. Operators choose their own. */
export const PASSWORD = "devnet";
const EXCHANGES = ["coinbase", "kraken", "bitstamp", "gemini"];
/** A development chain mines at once: looking often costs little and shows reports early. */
export const POLL_MS = 200;

/** What all nodes of a network have in common. */
export interface ProvisionOptions {
  /** Receives a folder per node. */
  readonly directory: string;
  readonly chainId: number;
  readonly registry: Hex;
  readonly fetcher: SignedFetcher;
  /** Whether they prove what is transmitted. */
  readonly proving: boolean;
  /** Milliseconds between two looks at the chain. */
  readonly pollMs: number;
  /** One per node. */
  readonly sites: readonly Site[];
  /** Multiaddr, without the peer id, at which one node finds another. */
  readonly addressOf: (from: number, to: number) => string;
}

/** Where a node stands, and where it finds what all need. */
export interface Site {
  /** IPv4 address and port at which it listens for members. */
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  /** Multiaddr at which read-only watchers may read the finals; nowhere unless given. */
  readonly publish?: string | undefined;
  readonly rpc: string;
  readonly replayUrl: string;
}

export interface Place {
  readonly record: RegistrationRecord;
  readonly directory: string;
  readonly adminUrl: string;
}

/** Makes the nodes' folders: keys first, since each configuration names the other nodes' peer ids. */
export async function provisionNodes(options: ProvisionOptions): Promise<Place[]> {
  const { directory, sites, addressOf, fetcher, chainId, registry, proving, pollMs } = options;
  const folder = (member: number) => path.join(directory, nameOf(member));
  const records = await Promise.all(
    sites.map((_, member) => createNodeKeys({ directory: folder(member), name: nameOf(member), password: PASSWORD })),
  );
  return Promise.all(
    sites.map(async ({ host, port, adminHost, adminPort, publish, rpc, replayUrl }, member) => {
      const record = records[member];
      if (record === undefined) throw new RangeError(`no keys of node ${member}`);
      const peers = records.flatMap(({ peerId }, other) =>
        other === member ? [] : [`${addressOf(member, other)}/p2p/${peerId}`],
      );
      const source = (exchange: string) => ({
        url: `${replayUrl}/${record.name}/${exchange}`,
        allowInsecure: true,
        traceparent: true,
      });
      await writeNodeConfig({
        ...{ directory: folder(member), name: record.name, rpc, chainId, registry, pollMs },
        ...{ passwordSource: { env: PASSWORD_VARIABLE }, listen: multiaddrOf(host, port), peers },
        ...{ adminHost, adminPort },
        ...{ modules: [fetcher.manifestFile], publishers: [fetcher.publisher] },
        ...(publish === undefined ? {} : { publish }),
        prover: { enabled: proving },
        sources: Object.fromEntries(EXCHANGES.map((exchange) => [exchange, source(exchange)])),
      });
      return { record, directory: folder(member), adminUrl: `http://${adminHost}:${adminPort}` };
    }),
  );
}

export function multiaddrOf(host: string, port: number): string {
  return `/ip4/${host}/tcp/${port}`;
}

function nameOf(member: number): string {
  return `node-${member + 1}`;
}
