import type { GuestResult, Phase, Sandbox } from "../../../core/ports/sandbox.ts";
import type { Reading } from "../../../core/ports/source.ts";
import type { FeedBinding, FeedOutcome } from "../../observe/observe-feed.ts";

export interface NamedReading {
  readonly source: string;
  readonly path: string;
  readonly reading: Reading;
}

/** One observation with all that led to it. */
export interface ObservedOnce {
  readonly outcome: FeedOutcome;
  /** A phase that was not asked is not there. */
  readonly phases: Partial<Readonly<Record<Phase, GuestResult>>>;
  /** In the order of the requests. */
  readonly readings: readonly NamedReading[];
}

type Calls = Pick<Sandbox, "call">;
type Sources = FeedBinding["sources"];

/** A sandbox and sources that keep what passes through them, for one observation. */
export interface Capture {
  readonly sandbox: Calls;
  readonly sources: Sources;
  readonly seen: (outcome: FeedOutcome) => ObservedOnce;
}

export function capture(deps: { readonly sandbox: Calls; readonly sources: Sources }): Capture {
  const phases: Partial<Record<Phase, GuestResult>> = {};
  const readings: NamedReading[] = [];
  return {
    sandbox: {
      async call(call) {
        return (phases[call.phase] = await deps.sandbox.call(call));
      },
    },
    sources: {
      async read(source, path, options) {
        const place = readings.length;
        // Reads end in any order; they are kept in that of the requests.
        readings.push({ source, path, reading: { kind: "failed", code: "timeout", message: "" } });
        const reading = await deps.sources.read(source, path, options);
        readings[place] = { source, path, reading };
        return reading;
      },
    },
    seen: (outcome) => ({ outcome, phases, readings }),
  };
}
