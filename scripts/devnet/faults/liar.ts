import { fileURLToPath } from "node:url";
import { answersInHonestRange, liarHeard } from "../checks/answers.ts";
import type { Episode } from "../episode.ts";
import type { Ledger } from "../ledger.ts";
import { LIAR_MEMBER } from "./lie.ts";

/** Byzantine nodes are programs of their own under test/support: production code has no switch to misbehave. */
export const LIAR_SCRIPT = fileURLToPath(new URL("../../../test/support/byzantine/liar.ts", import.meta.url));

/** Reports beyond the wanted ones in which a liar may still be heard. */
const MAX_ROUNDS = 20;

/** Lies from the start. Each round takes three of four observations: by chance a short run may end before one of its own counts. */
export function watchLiar({ ledger, wanted }: { ledger: Ledger; wanted: number }): Episode {
  return {
    get finished() {
      const heard = ledger.rounds.some(({ view }) =>
        view?.observations.some(({ observer }) => observer === LIAR_MEMBER),
      );
      return heard || ledger.rounds.length >= wanted + MAX_ROUNDS;
    },
    lines: [],
    record: {},
    onEvent: () => undefined,
    plightOf: (node) => (node === LIAR_MEMBER ? { word: "liar", down: false } : undefined),
    checks: (finished) => [answersInHonestRange(finished), liarHeard(finished)],
  };
}
