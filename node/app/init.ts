import { access, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { getBytes } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { eighth } from "../../core/crypto/babyjubjub.ts";
import type { Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Point } from "../../core/types/observation.ts";
import { checkNodeConfig, type NodeConfig, type SourceOverride } from "../config/node-config.ts";
import { createIdentity } from "../keys/identity.ts";
import { deriveSecrets, generateRootSecret, writeKeystore } from "../keys/keystore.ts";

export interface InitError {
  readonly code: "already-initialised";
  readonly file: string;
}

export interface KeyOptions {
  /** Folder that receives the configuration, the keystore and the data. */
  readonly directory: string;
  readonly name: string;
  readonly password: string;
}

export interface ConfigFileOptions {
  readonly directory: string;
  readonly name: string;
  readonly passwordSource: NodeConfig["password"];
  readonly rpc: string;
  readonly chainId: number;
  readonly registry: Hex;
  readonly pollMs: number;
  readonly listen: string;
  readonly peers: readonly string[];
  /** Multiaddr where watchers may read the committee's finals. Nowhere by default. */
  readonly publish?: string;
  /** Fetcher manifests. */
  readonly modules: readonly string[];
  /** Whose signatures their manifests may carry. None, and no fetcher is taken, unless given. */
  readonly publishers?: NodeConfig["publishers"];
  readonly sources: Readonly<Record<string, SourceOverride>>;
  readonly adminPort: number;
  /** Loopback by default. */
  readonly adminHost?: string;
  /** Enabled by default. */
  readonly prover?: { readonly enabled: boolean };
}

/** What a node hands to the committee's owner so that it can be registered. Public keys alone. */
export interface RegistrationRecord {
  readonly name: string;
  readonly peerId: string;
  readonly member: Member;
  /** Q with 8Q = the observation key: shows the registry that the key lies in the prime subgroup. */
  readonly eighth: Point;
}

export const CONFIG_FILE = "quorate.yaml";
const KEYSTORE_FILE = "keystore.json";
const REGISTRATION_FILE = "registration.json";

/** Makes a node's four keys: the encrypted keystore, and the record for its registration. Overwrites nothing. */
export async function createNodeKeys({ directory, name, password }: KeyOptions): Promise<RegistrationRecord> {
  await mkdir(directory, { recursive: true });
  const root = generateRootSecret();
  const { member, peerId } = await createIdentity(deriveSecrets(root));
  await writeKeystore(path.join(directory, KEYSTORE_FILE), { root, password, peerKey: getBytes(member.peerKey) });
  const witness = eighth(member.observer);
  if (witness === undefined) throw new TypeError("a derived observation key is always in the prime subgroup");
  const record: RegistrationRecord = { name, peerId, member, eighth: witness };
  const text = JSON.stringify(record, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2);
  await writeFile(path.join(directory, REGISTRATION_FILE), `${text}\n`, { flag: "wx" });
  return record;
}

/** Writes a node's one commented configuration file. Overwrites nothing. */
export async function writeNodeConfig(options: ConfigFileOptions): Promise<void> {
  await mkdir(options.directory, { recursive: true });
  await writeFile(path.join(options.directory, CONFIG_FILE), configText(options), { flag: "wx" });
}

/**
 * Creates a node's folder: first the checks that nothing is there and that the configuration will be accepted, then keys
 * and configuration.
 * @throws QuorateError `already-initialised`, or `config-invalid` for options that no node can start with.
 */
export async function initNode(options: KeyOptions & ConfigFileOptions): Promise<RegistrationRecord> {
  const file = (name: string) => path.join(options.directory, name);
  for (const name of [CONFIG_FILE, KEYSTORE_FILE, REGISTRATION_FILE]) await requireAbsent(file(name));
  checkNodeConfig(configText(options), file(CONFIG_FILE));
  const record = await createNodeKeys(options);
  await writeNodeConfig(options);
  return record;
}

async function requireAbsent(file: string): Promise<void> {
  const present = await access(file).then(
    () => true,
    () => false,
  );
  if (present)
    throw new QuorateError<InitError>(
      { code: "already-initialised", file },
      `${file} exists already: choose another folder with --directory`,
    );
}

// JSON strings are YAML strings: quoting by JSON keeps any path or URL literal.
const quote = (text: string) => JSON.stringify(text);

function configText(options: ConfigFileOptions): string {
  const password =
    "env" in options.passwordSource
      ? `{ env: ${quote(options.passwordSource.env)} }`
      : `{ file: ${quote(options.passwordSource.file)} }`;
  const list = (entries: readonly string[]) =>
    entries.length === 0 ? " []" : entries.map((entry) => `\n    - ${quote(entry)}`).join("");
  return `# Quorate node. Relative paths are relative to this file. Unknown keys are refused.

# Shown in logs and views: a-z, 0-9 and -.
name: ${quote(options.name)}
# The database lives here. One folder per node; never start two nodes on one folder.
dataDirectory: "./data"
# The node's four private keys, encrypted (EIP-2335). Back it up; it cannot be made again.
keystore: "./${KEYSTORE_FILE}"
# Where the keystore's password comes from: { env: NAME } or { file: PATH }.
password: ${password}

chain:
  # JSON-RPC endpoint, or a list of up to eight, the preferred one first: the others are asked when it fails.
  # The committee, its keys, feeds and timing are read from the registry there.
  rpc: ${quote(options.rpc)}
  chainId: ${options.chainId}
  registry: ${quote(options.registry)}
  # Milliseconds between two looks at the chain.
  pollMs: ${options.pollMs}
  # When a block counts as one that stays: { confirmations: 12 } blocks on top of it, or { tag: "finalized" } or { tag: "safe" }.
  # finality: { confirmations: 12 }
  # Never pays more per gas; a transaction without a block is replaced for more, up to that.
  fees: { maxFeePerGasGwei: 200, bumpPercent: 12, bumpAfterMs: 30000 }
  # Ether of the transmitter's account below which the node warns.
  minBalance: 0.05

p2p:
  # Where other members reach this node.
  listen: ${quote(options.listen)}
  # The other members' addresses, each ending in /p2p/<peer id>. Only registered members get a connection.
  peers:${list(options.peers)}
  # Where anybody may read the committee's final reports (quorate watch). Another port than the members'; nowhere unless given.
  ${publishText(options.publish)}

# Manifests of the fetchers that observe the feeds. Their digests must be those that the registry names.
modules:${list(options.modules).replaceAll("\n    ", "\n  ")}

# Whose signatures the manifests may carry: { name: NAME, key: "0x…" } as \`quorate module key\` prints it.
# Whoever holds such a key decides what this node runs and reads.
publishers:${publishersText(options.publishers ?? [])}

# Per source id: where this node reads a declared source instead (url, timeoutMs, allowInsecure, traceparent).
${sourcesText(options.sources)}

admin:
  # /healthz /readyz /metrics /status, read-only. Keep it on loopback or behind a proxy that authenticates.
  host: ${quote(options.adminHost ?? "127.0.0.1")}
  port: ${options.adminPort}

prover:
  # Prove transmitted reports (uses up to two cores for some seconds per report).
  enabled: ${options.prover?.enabled ?? true}

# Traces go to an OTLP/HTTP collector: traces: { endpoint: "http://127.0.0.1:4318", ratio: 0.01 } keeps one round in a hundred.
telemetry: {}

log:
  level: "info"
`;
}

function publishText(listen: string | undefined): string {
  return listen === undefined
    ? '# publish: { listen: "/ip4/0.0.0.0/tcp/9041", maxWatchers: 64 }'
    : `publish: { listen: ${quote(listen)}, maxWatchers: 64 }`;
}

function publishersText(publishers: NodeConfig["publishers"]): string {
  if (publishers.length === 0) return " []";
  return publishers.map(({ name, key }) => `\n  - { name: ${quote(name)}, key: ${quote(key)} }`).join("");
}

function sourcesText(sources: ConfigFileOptions["sources"]): string {
  const entries = Object.entries(sources);
  if (entries.length === 0) return "sources: {}";
  // YAML reads JSON: an override is one line.
  return `sources:\n${entries.map(([id, override]) => `  ${id}: ${JSON.stringify(override)}`).join("\n")}`;
}
