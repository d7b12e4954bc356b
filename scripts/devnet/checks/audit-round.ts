import { type Recomputed, recomputeMedians } from "../audit/recompute-medians.ts";
import type { ReplayEntry } from "../audit/replay-log.ts";
import { roundTraceId } from "../audit/round-trace-id.ts";
import type { DevCommittee } from "../committee.ts";
import { LIAR_FACTOR } from "../faults/lie.ts";
import { FEED_DECIMALS, RECORDED_FEEDS } from "../feeds.ts";
import type { RoundRecord } from "../ledger.ts";

/** What the replay log says about one round, by feed index. */
export interface AuditedRound {
  /** The median over the chosen observers; a liar's value counts as it told it. */
  readonly recomputed: readonly (bigint | undefined)[];
  readonly reasons: readonly (string | undefined)[];
  /** Per feed what each honest node saw, chosen or not. */
  readonly observed: readonly (readonly bigint[])[];
  readonly honestRange: readonly ({ readonly lowest: bigint; readonly highest: bigint } | undefined)[];
}

export interface AuditRoundInput {
  readonly log: readonly ReplayEntry[];
  /** The one that made the report. */
  readonly committee: Pick<DevCommittee, "digest" | "nodes">;
  /** Committee index of the node that lies, if any. */
  readonly liar: number | undefined;
}

const SYMBOLS = RECORDED_FEEDS.map(({ symbol }) => symbol);

/** Recomputes one round from nothing but what the replayed exchanges sent. */
export function auditRound(
  { transmission, view }: RoundRecord,
  { log, committee: { nodes, digest }, liar }: AuditRoundInput,
): AuditedRound {
  const traceId = roundTraceId(digest, transmission.sequence);
  const entries = log.filter((entry) => entry.traceId === traceId);
  const recompute = (members: readonly number[]) => {
    const observers = members.map((member) => ({ requester: nodes[member]?.name ?? "" }));
    return recomputeMedians(entries, { traceId, observers, feeds: SYMBOLS, decimals: FEED_DECIMALS });
  };
  const singles = nodes.map((_, member) => recompute([member]));
  const chosen = view?.observations.map(({ observer }) => observer) ?? [];
  const lied = liar !== undefined && chosen.includes(liar);
  const medians = chosen.length === 0 || lied ? new Map<string, Recomputed>() : recompute(chosen);
  const honest = singles.filter((_, member) => member !== liar);
  const seen = (symbol: string) => honest.flatMap((values) => values.get(symbol)?.value ?? []);
  const told = (symbol: string) =>
    chosen.map((member) => toldValue(singles[member]?.get(symbol)?.value, { lies: member === liar }));
  return {
    recomputed: SYMBOLS.map((symbol) => (lied ? middle(told(symbol)) : medians.get(symbol)?.value)),
    reasons: SYMBOLS.map((symbol) => reasonOf(medians.get(symbol))),
    observed: SYMBOLS.map(seen),
    honestRange: SYMBOLS.map((symbol) => rangeOf(seen(symbol))),
  };
}

function toldValue(value: bigint | undefined, { lies }: { lies: boolean }): bigint | undefined {
  return value === undefined || !lies ? value : value * LIAR_FACTOR;
}

function middle(values: readonly (bigint | undefined)[]): bigint | undefined {
  const known = sorted(values.filter((value) => value !== undefined));
  return known.length === values.length ? known[(known.length - 1) / 2] : undefined;
}

function reasonOf(result: Recomputed | undefined): string | undefined {
  return result !== undefined && result.value === undefined ? result.reason : undefined;
}

function rangeOf(values: readonly bigint[]): { lowest: bigint; highest: bigint } | undefined {
  const ordered = sorted(values);
  const [lowest, highest] = [ordered[0], ordered.at(-1)];
  return lowest === undefined || highest === undefined ? undefined : { lowest, highest };
}

function sorted(values: readonly bigint[]): bigint[] {
  return values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
