import type { RoundRecord } from "../ledger.ts";
import type { DevnetRun } from "../run.ts";
import { slotText } from "../slot-text.ts";
import { watchHint } from "./watch-hint.ts";

/** Where stdout is no terminal: a line when a report is transmitted, another when it is proven, one per deed of a fault, and how to look on. */
export function printedRounds() {
  const said = new Set<string>();
  const once = (line: string): string[] => {
    if (said.has(line)) return [];
    said.add(line);
    return [line];
  };
  return {
    next(run: DevnetRun): string[] {
      const { ledger, episodes } = run;
      const hint = watchHint(run);
      return [
        ...(hint === undefined ? [] : once(`look on: ${hint}`)),
        ...ledger.rounds.flatMap((round) => [
          ...once(transmittedLine(round)),
          ...(round.proof === undefined ? [] : once(provenLine(round))),
        ]),
        ...episodes.flatMap(({ lines }) => lines.flatMap(once)),
      ];
    },
  };
}

function transmittedLine({ transmission }: RoundRecord): string {
  return `round ${slotText(transmission.sequence)}: transmitted, ${transmission.gasUsed} gas`;
}

function provenLine({ transmission, proof }: RoundRecord): string {
  return `round ${slotText(transmission.sequence)}: proven, ${proof?.gasUsed ?? 0n} gas`;
}
