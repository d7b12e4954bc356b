import type { DevnetRun } from "../run.ts";

/** Shows a run while it goes on. */
export interface View {
  update(run: DevnetRun): void;
  end(): void;
}

export function createView({ json }: { json: boolean }): View {
  let stage = "";
  let shown = 0;
  return {
    update(run) {
      if (run.stage !== stage) { stage = run.stage; console.error(`${(run.timeline.elapsedMs / 1000).toFixed(1)}s ${stage}`); }
      for (; shown < run.ledger.rounds.length; shown++) console.error(`${(run.timeline.elapsedMs / 1000).toFixed(1)}s round`, run.ledger.rounds[shown]?.transmission.sequence, json);
    },
    end: () => undefined,
  };
}
