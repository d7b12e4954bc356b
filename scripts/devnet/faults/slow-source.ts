import { type Check, check } from "../checks/check.ts";
import { type Episode, type EpisodeDeps, play, type Stage } from "../episode.ts";
import type { Slowness, SlowRequest } from "../replay/slowness.ts";

/** The exchange that becomes slow, for all nodes: three others are left. */
export const SLOW_EXCHANGE = "kraken";
const ROUNDS_BEFORE = 2;
/** Reports that must come while it is slow, in each way. */
const ROUNDS_EACH = 2;
/** Readings per round and node: one for each feed. */
const METRIC = new RegExp(`^source_reads_total\\{source="${SLOW_EXCHANGE}",result="(\\w+)"\\} (\\d+)$`, "gm");

interface SlowPhase {
  readonly how: Slowness;
  readonly from: number;
  readonly to: number;
  /** Reports that the chain took meanwhile. */
  readonly reports: number;
}

interface SlowRecord {
  readonly exchange: string;
  readonly phases: SlowPhase[];
  /** Per node: readings of this exchange that ran into the time limit while it was slow, and those that went well. */
  missing: readonly { readonly timedOut: number; readonly ok: number }[];
}

/** Makes one exchange answer late, then trickle, then mends it. */
export function startSlowSource(deps: EpisodeDeps): Episode {
  const { ledger } = deps;
  const record: SlowRecord = { exchange: SLOW_EXCHANGE, phases: [], missing: [] };
  const part = play(async (stage) => {
    await stage.until("two reports before", () => ledger.rounds.length >= ROUNDS_BEFORE);
    const before = await readingsOf(deps);
    for (const how of ["late", "trickle"] as const) await slowDown(stage, how, { deps, record });
    const after = await readingsOf(deps);
    await ask(deps, undefined);
    stage.say(`${SLOW_EXCHANGE} answers in time again`);
    record.missing = before.map((counts, node) => ({
      timedOut: grown(counts, after[node], (result) => result === "timeout"),
      ok: grown(counts, after[node], (result) => result === "ok"),
    }));
    const reports = ledger.rounds.length;
    await stage.until("a report after it", () => ledger.rounds.length > reports);
  }, deps);
  return {
    get finished() {
      return part.finished;
    },
    lines: part.lines,
    record: { slowSource: record },
    onEvent: () => undefined,
    plightOf: () => undefined,
    checks: () => [roundsGoOn(record, part.failure), seenInMetrics(record)],
  };
}

async function slowDown(
  stage: Stage,
  how: Slowness,
  { deps, record }: { deps: EpisodeDeps; record: SlowRecord },
): Promise<void> {
  const { ledger, now } = deps;
  const from = now();
  const before = ledger.rounds.length;
  await ask(deps, how);
  stage.say(`${SLOW_EXCHANGE} ${how === "late" ? "answers after its time limit" : "sends its answers byte by byte"}`);
  await stage.until(`reports while ${SLOW_EXCHANGE} is slow`, () => ledger.rounds.length >= before + ROUNDS_EACH);
  record.phases.push({ how, from, to: now(), reports: ledger.rounds.length - before });
}

async function ask({ network }: EpisodeDeps, how: Slowness | undefined): Promise<void> {
  const request: SlowRequest = { kind: "slow", exchange: SLOW_EXCHANGE, how };
  await network.replay.request(request, "slowed");
}

type Readings = ReadonlyMap<string, number>;

async function readingsOf({ network }: EpisodeDeps): Promise<Readings[]> {
  const texts = await Promise.all(network.nodes.map(({ admin }) => admin.metrics()));
  return texts.map(
    (text) => new Map([...(text ?? "").matchAll(METRIC)].map(([, result = "", n]) => [result, Number(n)])),
  );
}

function grown(before: Readings, after: Readings | undefined, counts: (result: string) => boolean): number {
  const sum = (readings: Readings = new Map()) =>
    [...readings].reduce((total, [result, n]) => total + (counts(result) ? n : 0), 0);
  return sum(after) - sum(before);
}

function roundsGoOn({ phases }: SlowRecord, failure: string | undefined): Check {
  const seen = phases.map(({ how, reports, from, to }) => `${reports} reports in ${to - from} ms (${how})`);
  return check("rounds go on with a slow source", failure === undefined ? [] : [failure], seen.join(", "));
}

function seenInMetrics({ missing }: SlowRecord): Check {
  const problems = missing.flatMap(({ timedOut, ok }, node) =>
    timedOut > ok ? [] : [`node-${node + 1} counts ${timedOut} readings that timed out and ${ok} good ones`],
  );
  const counts = missing.map(({ timedOut }) => timedOut).join(", ");
  return check(
    "the slow source shows in the metrics",
    missing.length === 0 ? ["nothing was measured"] : problems,
    `readings of ${SLOW_EXCHANGE} that timed out, by node: ${counts}`,
  );
}
