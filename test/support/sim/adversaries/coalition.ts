import type { Message, Proposal } from "../../../../core/consensus/messages.ts";
import type { ProtocolContext } from "../../../../core/consensus/protocol.ts";
import { observationQuorum } from "../../../../core/consensus/quorum.ts";
import type { FinalReport } from "../../../../core/types/final.ts";
import type { AttributedObservation, Observation } from "../../../../core/types/observation.ts";
import type { Report } from "../../../../core/types/report.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import type { Random } from "../../random.ts";
import { shuffled } from "../draw.ts";
import { MAX_FEED_VALUE } from "../committee.ts";

/** Slots, frames and finals that the coalition remembers. */
const MAX_REMEMBERED = 64;

/** One of the proposals of a slot whose leader is in the coalition, and whom it is shown to. */
export interface Version {
  readonly proposal: Proposal;
  readonly observationsHash: Hex;
  readonly report: Report;
  readonly digest: Hex;
  readonly audience: readonly number[];
}

/** What the faulty members share: their keys, and all that reached any of them. They are one adversary. */
export class Coalition {
  readonly members: readonly number[];
  readonly #contexts: readonly ProtocolContext[];
  readonly #observations = new Map<bigint, Map<number, AttributedObservation>>();
  readonly #versions = new Map<bigint, readonly Version[]>();
  readonly #frames: Uint8Array[] = [];
  readonly #finals: FinalReport[] = [];
  readonly #onVersions: ((sequence: bigint) => void)[] = [];
  readonly #onFinal: ((final: FinalReport) => void)[] = [];

  constructor(members: readonly number[], contexts: readonly ProtocolContext[]) {
    this.members = members;
    this.#contexts = contexts;
  }

  /** Frames that reached or left a faulty member, oldest first. */
  get frames(): readonly Uint8Array[] {
    return this.#frames;
  }

  get finals(): readonly FinalReport[] {
    return this.#finals;
  }

  note(from: number, message: Message, frame: Uint8Array): void {
    this.#frames.push(frame);
    if (this.#frames.length > MAX_REMEMBERED) this.#frames.shift();
    if (message.kind === "observation") this.#noteObservation({ observer: from, ...message });
    if (message.kind === "proposal") for (const entry of message.observations) this.#noteObservation(entry);
    if (message.kind === "final") this.#noteFinal(message.final);
  }

  observationsOf(sequence: bigint): readonly AttributedObservation[] {
    return [...(this.#observations.get(sequence)?.values() ?? [])];
  }

  versionsOf(sequence: bigint): readonly Version[] {
    return this.#versions.get(sequence) ?? [];
  }

  addVersions(sequence: bigint, versions: readonly Version[]): void {
    this.#versions.set(sequence, versions);
    forgetOldest(this.#versions);
    for (const listener of this.#onVersions) listener(sequence);
  }

  /** Tells when a friend proposes two things for a slot. */
  onVersions(listener: (sequence: bigint) => void): void {
    this.#onVersions.push(listener);
  }

  /** Tells when the first of the coalition holds a final report. */
  onFinal(listener: (final: FinalReport) => void): void {
    this.#onFinal.push(listener);
  }

  /** An observation of a faulty member, signed by it: only the coalition's own keys are here. */
  sign(member: number, observation: Observation): AttributedObservation {
    if (!this.members.includes(member)) throw new RangeError(`member ${member} is honest: its keys are its own`);
    return { observer: member, ...this.#contexts[member]!.crypto.signObservation(observation) };
  }

  /**
   * A proposal for the same slot that leads to another report: other honest observations where there are more, and
   * other values of the coalition's own. Undefined if what is known does not allow one.
   */
  otherProposal(leader: number, proposal: Proposal, random: Random): Proposal | undefined {
    const { crypto, plugin, size } = this.#contexts[leader]!;
    const { sequence } = proposal;
    const first = plugin.report(sequence, proposal.observations);
    for (let attempt = 0; attempt < 4; attempt++) {
      const known = this.observationsOf(sequence).map((entry) => this.#altered(entry, random));
      const friends = known.filter(({ observer }) => this.members.includes(observer));
      const honest = shuffled(
        random,
        known.filter(({ observer }) => !this.members.includes(observer)),
      );
      const count = observationQuorum(size);
      const chosen = [...friends, ...honest].slice(0, count).toSorted((a, b) => a.observer - b.observer);
      const outcome = chosen.length === count ? plugin.report(sequence, chosen) : undefined;
      if (outcome?.kind !== "report" || (first.kind === "report" && outcome.digest === first.digest)) continue;
      const header = { sequence, observationsHash: crypto.observationsHash(chosen) };
      return {
        ...{ kind: "proposal", sequence, observations: chosen },
        signature: crypto.signDigest(crypto.proposalHeaderDigest(header)),
      };
    }
    return undefined;
  }

  #altered(entry: AttributedObservation, random: Random): AttributedObservation {
    if (!this.members.includes(entry.observer)) return entry;
    const values = [0, 1].map(() => BigInt(random.integer(2 * Number(MAX_FEED_VALUE))) - MAX_FEED_VALUE);
    return this.sign(entry.observer, { ...entry.observation, feeds: { mask: 0b11, values } });
  }

  #noteObservation(entry: AttributedObservation): void {
    const { sequence } = entry.observation;
    const known = this.#observations.get(sequence) ?? new Map<number, AttributedObservation>();
    if (!known.has(entry.observer)) known.set(entry.observer, entry);
    this.#observations.set(sequence, known);
    forgetOldest(this.#observations);
  }

  #noteFinal(final: FinalReport): void {
    const newest = this.#finals.at(-1)?.report.sequence ?? 0n;
    if (final.report.sequence <= newest) return;
    this.#finals.push(final);
    if (this.#finals.length > MAX_REMEMBERED) this.#finals.shift();
    for (const listener of this.#onFinal) listener(final);
  }
}

function forgetOldest(memory: Map<bigint, unknown>): void {
  if (memory.size <= MAX_REMEMBERED) return;
  const [oldest] = memory.keys();
  if (oldest !== undefined) memory.delete(oldest);
}
