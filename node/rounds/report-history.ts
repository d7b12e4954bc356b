import type { ProvenReport, RecordedReport } from "../../core/ports/chain.ts";

/** The last reports that the chain took, and in which block each was proven: what a reorganisation may undo. */
export interface ReportHistory {
  transmitted(report: RecordedReport): void;
  proven(report: ProvenReport): void;
  /** Forgets what blocks from this one on held. @returns the reports before them that are not proven now. */
  revert(fromBlock: number): readonly RecordedReport[];
}

interface Entry {
  readonly report: RecordedReport;
  provenIn: number | undefined;
}

/** @param limit reports that are remembered; the oldest gives way. */
export function createReportHistory(limit: number): ReportHistory {
  const entries = new Map<bigint, Entry>();
  return {
    transmitted(report) {
      entries.delete(report.index);
      entries.set(report.index, { report, provenIn: undefined });
      if (entries.size > limit) entries.delete(entries.keys().next().value ?? report.index);
    },
    proven({ index, blockNumber }) {
      const entry = entries.get(index);
      if (entry !== undefined) entry.provenIn = blockNumber;
    },
    revert(fromBlock) {
      for (const [index, { report }] of entries) if (report.blockNumber >= fromBlock) entries.delete(index);
      const lost = [...entries.values()].filter(({ provenIn = Infinity }) => provenIn >= fromBlock);
      for (const entry of lost) entry.provenIn = undefined;
      return lost.map(({ report }) => report);
    },
  };
}
