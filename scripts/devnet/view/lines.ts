import { slotOf } from "../../../core/types/sequence.ts";
import type { RoundRecord } from "../ledger.ts";
import type { DevnetRun } from "../run.ts";

/** Where stdout is no terminal: a line when a report is transmitted, another when it is proven, and one per fault. */
export function printedRounds() {
  const said = new Set<string>();
  const once = (line: string): string[] => {
    if (said.has(line)) return [];
    said.add(line);
    return [line];
  };
  return {
    next({ ledger, killLeader }: DevnetRun): string[] {
      const killed = killLeader?.record;
      return [
        ...ledger.rounds.flatMap((round) => [
          ...once(transmittedLine(round)),
          ...(round.proof === undefined ? [] : once(provenLine(round))),
        ]),
        ...(killed === undefined
          ? []
          : once(`leader node-${killed.member + 1} killed after it signed ${slotText(killed.sequence)}`)),
        ...(killed?.rejoinedAt === undefined
          ? []
          : once(`node-${killed.member + 1} rejoined in ${slotText(killed.rejoinedAt)}`)),
      ];
    },
  };
}

/** epoch.round */
export function slotText(sequence: bigint): string {
  const { epoch, round } = slotOf(sequence);
  return `${epoch}.${round}`;
}

function transmittedLine({ transmission }: RoundRecord): string {
  return `round ${slotText(transmission.sequence)}: transmitted, ${transmission.gasUsed} gas`;
}

function provenLine({ transmission, proof }: RoundRecord): string {
  return `round ${slotText(transmission.sequence)}: proven, ${proof?.gasUsed ?? 0n} gas`;
}
