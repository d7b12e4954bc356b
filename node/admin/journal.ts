import type { Stage } from "../../core/consensus/protocol.ts";
import type { Clock } from "../../core/ports/clock.ts";

/** What happened in one round, as this node saw it. Times are Unix milliseconds. */
export interface RoundEntry {
  readonly sequence: bigint;
  readonly stages: Partial<Record<Stage, number>>;
}

export interface JournalEvent {
  readonly type: "asking" | "stage" | "transmitted" | "proving" | "proof" | "proven" | "recovered" | "evidence";
  readonly at: number;
  readonly sequence: string;
  readonly [field: string]: string | number;
}

export interface Journal {
  stage(stage: Stage, sequence: bigint): RoundEntry;
  publish(type: JournalEvent["type"], sequence: bigint, fields?: Readonly<Record<string, string | number>>): void;
  rounds(): readonly RoundEntry[];
  /** Calls back for each event until the returned function is called. Undefined: MAX_SUBSCRIBERS listen already. */
  subscribe(listener: (event: JournalEvent) => void): (() => void) | undefined;
}

/** Rounds that the views can look back on. */
export const MAX_JOURNAL_ROUNDS = 256;
/** Views that may listen at once. */
export const MAX_SUBSCRIBERS = 16;

/** The recent past in memory, for the admin interface. The database holds what must last. */
export function createJournal({ clock }: { clock: Clock }): Journal {
  const rounds = new Map<bigint, RoundEntry>();
  const listeners = new Set<(event: JournalEvent) => void>();

  function publish(event: JournalEvent): void {
    for (const listener of listeners) listener(event);
  }

  return {
    stage(stage, sequence) {
      const at = clock.timeOfDay();
      const entry: RoundEntry = { sequence, stages: { [stage]: at, ...rounds.get(sequence)?.stages } };
      rounds.set(sequence, entry);
      if (rounds.size > MAX_JOURNAL_ROUNDS) rounds.delete(rounds.keys().next().value ?? sequence);
      publish({ type: "stage", at, sequence: sequence.toString(), stage });
      return entry;
    },
    publish: (type, sequence, fields = {}) =>
      publish({ ...fields, type, at: clock.timeOfDay(), sequence: sequence.toString() }),
    rounds: () => [...rounds.values()],
    subscribe(listener) {
      if (listeners.size >= MAX_SUBSCRIBERS) return undefined;
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
