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

/** The run's rounds in the order in which the hub took them. */
export class Ledger {
  readonly #rounds = new Map<bigint, RoundRecord>();

  get rounds(): readonly RoundRecord[] {
    return [...this.#rounds.values()];
  }

  get provenCount(): number {
    return this.rounds.filter(({ proof }) => proof !== undefined).length;
  }

  /** A report may be sent twice, by members that did not see each other; the first transaction counts. */
  transmitted(transmission: TransmissionSeen): boolean {
    if (this.#rounds.has(transmission.sequence)) return false;
    this.#rounds.set(transmission.sequence, { transmission, view: undefined, proof: undefined, proving: undefined });
    return true;
  }

  amend(sequence: bigint, change: Partial<Omit<RoundRecord, "transmission">>): void {
    const round = this.#rounds.get(sequence);
    if (round !== undefined) this.#rounds.set(sequence, { ...round, ...change });
  }
}
