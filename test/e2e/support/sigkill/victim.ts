import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { encodeBytes32String } from "ethers";
import type { FeedSpec } from "../../../../core/types/committee.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { createNodeKeys, type RegistrationRecord, writeNodeConfig } from "../../../../node/app/init.ts";
import { readManifest } from "../../../../node/config/manifest.ts";
import { freePorts } from "../../../../scripts/devnet/free-port.ts";
import { NodeProcess, PASSWORD_VARIABLE } from "../../../../scripts/devnet/nodes/node-process.ts";
import { publishFetcher, type SignedFetcher } from "../../../../scripts/devnet/signed-fetcher.ts";
import { DEV_CHAIN_ID, type DevChain } from "../../../support/dev-chain.ts";
import type { Random } from "../../../support/random.ts";
import { slotText, type Statement } from "./recorder.ts";

const FETCHER = fileURLToPath(new URL("../../../../fetchers/reference-rate", import.meta.url));
const PASSWORD = "test";
const NAME = "victim";
const POLL_MS = 200;
/** More often than rounds: a node that observes a slot twice sees different values. */
const TABLE_MS = 25;
/** Characters of a log that help to understand a failure. */
const LAST_WORDS = 4_000;

/** What the fetcher of the node under test serves. */
export async function fetcherFeeds(): Promise<readonly FeedSpec[]> {
  const { feeds, sha256: moduleDigest } = await readManifest(path.join(FETCHER, "manifest.yaml"));
  return feeds.map(({ name, decimals }) => ({
    ...{ id: encodeBytes32String(name) as Hex, decimals, min: 1n, max: 10n ** 12n },
    ...{ heartbeat: 30, deviationPpb: 100_000_000, moduleDigest },
  }));
}

/** A real node with its keys, its folder and a fetcher whose table changes all the time. It waits to be connected. */
export class Victim {
  readonly record: RegistrationRecord;
  readonly #directory: string;
  readonly #fetcher: SignedFetcher;
  #process: NodeProcess | undefined;
  #writing: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  private constructor(directory: string, { record, fetcher }: { record: RegistrationRecord; fetcher: SignedFetcher }) {
    this.#directory = directory;
    this.record = record;
    this.#fetcher = fetcher;
  }

  static async create(folder: string, random: Random): Promise<Victim> {
    const directory = path.join(folder, NAME);
    await mkdir(directory, { recursive: true });
    const record = await createNodeKeys({ directory, name: NAME, password: PASSWORD });
    const fetcher = await publishFetcher(FETCHER, path.join(folder, "fetcher"));
    const victim = new Victim(directory, { record, fetcher });
    await victim.#writeTable(random);
    victim.#writing = setInterval(() => {
      victim.#written = victim.#written.then(() => victim.#writeTable(random));
    }, TABLE_MS);
    return victim;
  }

  /** @param script the program to run instead of `quorate start`. */
  async configure({ rpc, deployment }: DevChain, peers: readonly string[], script?: string): Promise<void> {
    const [p2pPort = 0, adminPort = 0] = await freePorts(2);
    await writeNodeConfig({
      ...{ directory: this.#directory, name: NAME, rpc, chainId: DEV_CHAIN_ID, registry: deployment.registry },
      ...{ adminPort, pollMs: POLL_MS, passwordSource: { env: PASSWORD_VARIABLE } },
      ...{ listen: `/ip4/127.0.0.1/tcp/${p2pPort}`, peers, sources: {}, prover: { enabled: false } },
      ...{ modules: [this.#fetcher.manifestFile], publishers: [this.#fetcher.publisher] },
    });
    this.#process = new NodeProcess({
      ...{
        record: this.record,
        directory: this.#directory,
        adminUrl: `http://127.0.0.1:${adminPort}`,
        password: PASSWORD,
      },
      ...(script === undefined ? {} : { script }),
    });
  }

  start(): void {
    this.#running.start();
  }

  /** Returns when it is dead. */
  kill(): Promise<void> {
    return this.#running.kill();
  }

  /** The end of its log. */
  get lastWords(): string {
    return readFileSync(this.#running.logFile, "utf8").slice(-LAST_WORDS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#writing);
    await this.#written;
    await this.#process?.stop();
  }

  /** Whether it holds a final report of the slot. */
  async holds(sequence: bigint): Promise<boolean> {
    return (await this.#running.admin.round(sequence)) !== undefined;
  }

  /** Of a dead node. */
  async loseMemory(): Promise<void> {
    await rm(path.join(this.#directory, "data"), { recursive: true });
  }

  /** Of a dead node: which of these are not in its database, byte for byte. */
  missing(statements: readonly Statement[]): readonly string[] {
    const database = new DatabaseSync(path.join(this.#directory, "data", "quorate.db"));
    try {
      const stored = database.prepare("SELECT bytes FROM binding WHERE kind = ? AND sequence = ?");
      return statements
        .filter(({ kind, sequence, bytes }) => {
          const row = stored.get(kind, sequence.toString(16).padStart(16, "0"));
          return row === undefined || !Buffer.from(row.bytes as Uint8Array).equals(bytes);
        })
        .map(slotText);
    } finally {
      database.close();
    }
  }

  get #running(): NodeProcess {
    if (this.#process === undefined) throw new TypeError("configure the node first");
    return this.#process;
  }

  /** Replaced whole: a reader sees one table or the next. */
  async #writeTable(random: Random): Promise<void> {
    const folder = path.join(path.dirname(this.#fetcher.manifestFile), "rates");
    // Cents of a thousandth: a change that transmits nothing.
    const rate = (base: number) => (base * (1 + random.next() / 100_000)).toFixed(6);
    const date = new Date().toISOString().slice(0, 10);
    const rates = `{"CHF":${rate(0.9312)},"GBP":${rate(0.8365)},"JPY":${rate(163.07)},"NOK":${rate(11.6215)},"USD":${rate(1.0552)}}`;
    const file = path.join(folder, "latest.json");
    await writeFile(`${file}.new`, `{"amount":1.0,"base":"EUR","date":"${date}","rates":${rates}}`);
    await rename(`${file}.new`, file);
  }
}
