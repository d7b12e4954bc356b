import type { Message } from "../../../../core/consensus/messages.ts";
import { leaderOf } from "../../../../core/consensus/permutation.ts";
import { encodeMessage } from "../../../../core/consensus/wire.ts";
import { createMedianReporting } from "../../../../core/feeds/median-reporting.ts";
import type { Network } from "../../../../core/ports/network.ts";
import type { ReportOutcome } from "../../../../core/ports/reporting.ts";
import type { Configuration } from "../../../../core/types/committee.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import type { AttributedObservation } from "../../../../core/types/observation.ts";
import type { ReportDomain } from "../../../../core/types/report.ts";
import { systemClock } from "../../../../node/app/system-clock.ts";
import type { NodeIdentity } from "../../../../node/keys/identity.ts";
import { createProtocolCrypto } from "../../../../node/keys/protocol-crypto.ts";
import { memberLimits } from "../../../../node/p2p/limits.ts";
import { createTransport, type Transport } from "../../../../node/p2p/transport.ts";
import { createPrometheusMeter } from "../../../../node/telemetry/prometheus-meter.ts";
import { silentLog } from "../../../support/silent-log.ts";
import { until } from "../../../support/until.ts";

/** The node under test. The lower index dials at once: it reconnects as soon as it is up again. */
export const VICTIM = 0;
const LOOPBACK = "/ip4/127.0.0.1/tcp/0";
/** A node starts within two seconds on an idle machine; only a failure waits so long. */
const START_PATIENCE_MS = 120_000;
/** Fits the fetcher's feeds; far from their thresholds. */
const BASE_VALUES = [126_144_650n, 163_070_000n, 1_248_013_316n];

export interface PuppetOptions {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly domain: ReportDomain;
  /** Of all members but the node under test, in committee order. */
  readonly identities: readonly NodeIdentity[];
}

export interface PuppetDeps {
  /** Must not throw. */
  onFrame(frame: Uint8Array): void;
}

/** A proposal with the report that follows from it. */
export interface Round {
  readonly sequence: bigint;
  readonly observations: readonly AttributedObservation[];
  readonly outcome: Extract<ReportOutcome, { kind: "report" }>;
  readonly observationsHash: Hex;
  readonly proposalSignature: Hex;
}

/**
 * The other members of a committee, with real keys and real channels, moved by a test: they say whatever it wants, in
 * whatever order, more than once, and contradict themselves.
 */
export class Puppets {
  /** Multiaddrs, in committee order. */
  readonly addresses: readonly string[];
  readonly #options: PuppetOptions;
  readonly #parts: Parts;
  readonly #transports: readonly Transport[];
  readonly #networks = new Map<number, Network>();
  /** Who has no new channel to the node yet. */
  #reconnecting = { missing: new Set<number>(), done: (): void => undefined };
  #epoch = 1;
  #variants = 0;

  private constructor(options: PuppetOptions, transports: readonly Transport[]) {
    this.#options = options;
    this.#transports = transports;
    this.addresses = transports.map(({ addresses, peerId }) => {
      const [address = ""] = addresses;
      return address.includes("/p2p/") ? address : `${address}/p2p/${peerId}`;
    });
    this.#parts = partsOf(options);
  }

  static async start(options: PuppetOptions, deps: PuppetDeps): Promise<Puppets> {
    const transports = await Promise.all(
      options.identities.map(({ peerPrivateKey: privateKey }) =>
        createTransport(
          { privateKey, listen: LOOPBACK },
          // Each has metrics of its own; nobody reads them.
          { clock: systemClock, log: silentLog, meter: createPrometheusMeter(), random: Math.random },
        ),
      ),
    );
    const puppets = new Puppets(options, transports);
    try {
      for (const [i, transport] of transports.entries()) await puppets.#join(i + 1, transport, deps);
      return puppets;
    } catch (error) {
      await puppets.stop();
      throw error;
    }
  }

  get epoch(): number {
    return this.#epoch;
  }

  leaderOf(epoch: number): number {
    return leaderOf(epoch, { n: this.members.length + 1, configDigest: this.#options.configDigest });
  }

  get members(): readonly number[] {
    return this.#options.identities.map((_, i) => i + 1);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.stop()));
  }

  /** Resolves once each has a channel to the node that it did not have before. */
  async reconnected(connect: () => void): Promise<void> {
    await until("the dead node's channels are gone", () =>
      [...this.#networks.values()].every((network) => !network.connected().includes(VICTIM)),
    );
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = setTimeout(
      () => reject(new Error("the node was not connected to all members again")),
      START_PATIENCE_MS,
    );
    this.#reconnecting = { missing: new Set(this.members), done: () => resolve(undefined) };
    connect();
    await promise.finally(() => clearTimeout(timer));
  }

  send(from: number, message: Message): void {
    this.#networks.get(from)?.send(VICTIM, encodeMessage(message));
  }

  /** Takes the node to the next epoch that the member leads: all three want it. */
  enterEpochOf(leader: number): number {
    do this.#epoch += 1;
    while (this.leaderOf(this.#epoch) !== leader);
    for (const member of this.members) this.#greet(member);
    return this.#epoch;
  }

  /** Each puppet's observation; different ones each time. */
  observations(sequence: bigint): readonly AttributedObservation[] {
    this.#variants += 1;
    return this.members.map((observer) => this.#observation(observer, sequence));
  }

  /** A proposal of a puppet over three observations, of puppets unless others are given. */
  round(leader: number, sequence: bigint, observations = this.observations(sequence)): Round {
    const crypto = this.#parts.crypto(leader);
    const observationsHash = crypto.observationsHash(observations);
    const proposalSignature = crypto.signDigest(crypto.proposalHeaderDigest({ sequence, observationsHash }));
    return this.#roundOf({ sequence, observations, observationsHash, proposalSignature });
  }

  /** What follows from a proposal of the node. */
  roundOf({ sequence, observations, signature }: Extract<Message, { kind: "proposal" }>): Round {
    const observationsHash = this.#parts.crypto(1).observationsHash(observations);
    return this.#roundOf({ sequence, observations, observationsHash, proposalSignature: signature });
  }

  propose(leader: number, { sequence, observations, proposalSignature: signature }: Round): void {
    this.send(leader, { kind: "proposal", sequence, observations, signature });
  }

  /** All of them prepare. */
  prepare({ sequence, outcome: { digest }, observationsHash, proposalSignature }: Round): void {
    for (const member of this.members)
      this.send(member, { kind: "prepare", sequence, digest, observationsHash, proposalSignature });
  }

  /** All of them sign. */
  sign({ outcome: { report, digest } }: Round): void {
    for (const member of this.members)
      this.send(member, { kind: "signature", report, signature: this.#parts.crypto(member).signDigest(digest) });
  }

  async #join(self: number, transport: Transport, deps: PuppetDeps): Promise<void> {
    const { configuration, configDigest } = this.#options;
    const network = await transport.join(
      {
        ...{ self, configDigest, f: configuration.f, limits: memberLimits(configuration) },
        peerKeys: configuration.members.map(({ peerKey }) => peerKey),
        addresses: [], // The node dials, and is the only one to.
      },
      {
        onFrame: (from, frame) => from === VICTIM && deps.onFrame(frame),
        onConnected: (peer) => peer === VICTIM && this.#connected(self),
        onDisconnected: () => undefined,
      },
    );
    this.#networks.set(self, network);
  }

  #connected(member: number): void {
    this.#greet(member);
    const { missing, done } = this.#reconnecting;
    missing.delete(member);
    if (missing.size === 0) done();
  }

  #greet(member: number): void {
    this.send(member, { kind: "new-epoch", epoch: this.#epoch, current: this.#epoch });
  }

  #observation(observer: number, sequence: bigint): AttributedObservation {
    const { lanes, feeds } = this.#options.configuration;
    const values = Array.from({ length: lanes }, (_, lane) => {
      const base = BASE_VALUES[lane];
      return base === undefined ? 0n : base + BigInt(this.#variants * 7 + observer);
    });
    const signed = this.#parts.crypto(observer).signObservation({
      ...{ sequence, feeds: { mask: 2 ** feeds.length - 1, values } },
      timestamp: Math.floor(systemClock.timeOfDay() / 1000),
      ...{ inputsDigest: `0x${"00".repeat(32)}`, fuel: 1n },
    });
    return { observer, ...signed };
  }

  #roundOf(round: Omit<Round, "outcome">): Round {
    const outcome = this.#parts.plugin.report(round.sequence, round.observations);
    if (outcome.kind === "failed") throw new TypeError(`no report: ${outcome.code}`);
    return { ...round, outcome };
  }
}

type Parts = ReturnType<typeof partsOf>;

function partsOf({ configuration, configDigest, domain, identities }: PuppetOptions) {
  const members = configuration.members;
  const cryptos = identities.map((identity) => createProtocolCrypto({ domain, configDigest, members }, identity));
  return {
    plugin: createMedianReporting({ configuration, configDigest, domain }),
    crypto(member: number) {
      const crypto = cryptos[member - 1];
      if (crypto === undefined) throw new RangeError(`no puppet ${member}`);
      return crypto;
    },
  };
}
