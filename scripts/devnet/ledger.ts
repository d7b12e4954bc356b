import type { ProofSeen, TransmissionSeen } from "./chain/chain-observer.ts";
import type { RoundView } from "./nodes/admin-client.ts";

/** One transmitted report and all that is known of it. */
export interface RoundRecord {
  readonly transmission: TransmissionSeen;
  /** From a node: who observed what, and the stage times that this node noted. */
  readonly view: RoundView | undefined;
  readonly proof: ProofSeen | undefined;
  /** Milliseconds of the prover, as it told. */
  readonly proving: { readonly witnessMs: number; readonly proveMs: number } | undefined;
}

/** Rounds that a run without an end looks back on: half an hour. */
const MAX_ENDLESS_ROUNDS = 512;

/** The run's rounds in the order in which the hub took them. A run with an end keeps them all, for its checks. */
export class Ledger {
  readonly #rounds = new Map<bigint, RoundRecord>();
  readonly #limit: number;

  constructor({ endless }: { endless: boolean }) {
    this.#limit = endless ? MAX_ENDLESS_ROUNDS : Infinity;
  }

  get rounds(): readonly RoundRecord[] {
    return [...this.#rounds.values()];
  }

  /** Without those that came after a newer one: the hub gives them no slot to be proven in. */
  get provable(): readonly RoundRecord[] {
    return this.rounds.filter(({ transmission }) => transmission.index !== 0n);
  }

  get provenCount(): number {
    return this.rounds.filter(({ proof }) => proof !== undefined).length;
  }

  /** A report may be sent twice, by members that did not see each other; the first transaction counts. */
  transmitted(transmission: TransmissionSeen): boolean {
    if (this.#rounds.has(transmission.sequence)) return false;
    this.#rounds.set(transmission.sequence, { transmission, view: undefined, proof: undefined, proving: undefined });
    if (this.#rounds.size > this.#limit) this.#rounds.delete(this.#rounds.keys().next().value ?? transmission.sequence);
    return true;
  }

  amend(sequence: bigint, change: Partial<Omit<RoundRecord, "transmission">>): void {
    const round = this.#rounds.get(sequence);
    if (round !== undefined) this.#rounds.set(sequence, { ...round, ...change });
  }
}
