import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Check, Finished } from "./checks/check.ts";
import type { Ledger } from "./ledger.ts";
import type { DevNetwork } from "./network.ts";
import type { NodeEvent } from "./nodes/admin-client.ts";
import type { RoundBook } from "./round-book.ts";

/** Something that is done to the network while it runs, and what must come of it. */
export interface Episode {
  /** Whether it has run its course: the run waits for it. */
  readonly finished: boolean;
  /** What was done so far, one line per deed. */
  readonly lines: readonly string[];
  /** Its part of the final document. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What a node tells; `node` counts all processes, members or not. */
  onEvent(node: number, event: NodeEvent): void;
  /** What was done to this node and still holds; undefined for nothing. */
  plightOf(node: number): Plight | undefined;
  checks(finished: Finished): readonly Check[] | Promise<readonly Check[]>;
}

export interface Plight {
  /** For views: `killed`, `cut off`. */
  readonly word: string;
  /** Its process is not expected to run. */
  readonly down: boolean;
}

export interface EpisodeDeps {
  readonly network: DevNetwork;
  readonly book: RoundBook;
  readonly ledger: Ledger;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Rejects when the run ends. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** What an episode's script may do besides what it does to the network. */
export interface Stage {
  say(line: string): void;
  sleep(ms: number): Promise<unknown>;
  /** Waits for something that must come of the network. @throws QuorateError<EpisodeError> if it does not come in time. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
}

export interface EpisodeError {
  readonly code: "episode-stuck";
  readonly what: string;
}

/** A script that plays beside the run. */
export interface Play {
  readonly finished: boolean;
  readonly lines: readonly string[];
  /** Why it did not come to its end. */
  readonly failure: string | undefined;
}

const POLL_MS = 100;
/** Beyond any bound of the protocol with development timing: whatever did not happen until then never will. */
const PATIENCE_MS = 90_000;

/** Plays a script to its end or to its first failure, which its episode's checks must then tell. */
export function play(script: (stage: Stage) => Promise<void>, { now, sleep }: EpisodeDeps): Play {
  const lines: string[] = [];
  const state = { finished: false, lines, failure: undefined as string | undefined };
  const stage: Stage = {
    say: (line) => void lines.push(line),
    sleep: (ms) => sleep(ms),
    async until(what, condition) {
      const deadline = now() + PATIENCE_MS;
      while (!(await condition())) {
        if (now() > deadline) {
          throw new QuorateError<EpisodeError>(
            { code: "episode-stuck", what },
            `${what} did not happen within ${PATIENCE_MS / 1000} s`,
          );
        }
        await sleep(POLL_MS);
      }
    },
  };
  void script(stage).then(
    () => void (state.finished = true),
    (error: unknown) => {
      state.failure = error instanceof Error ? error.message : String(error);
      state.finished = true;
    },
  );
  return state;
}
