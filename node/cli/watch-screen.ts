import Table from "cli-table3";
import pc from "picocolors";
import type { WatchedCommittee, WatchRefusals } from "../app/watch.ts";
import type { WatchedFeed, WatchedFinal } from "../app/watched-finals.ts";

const DEFAULT_COLUMNS = 100;
const SHOWN_NOTES = 3;
const DIGEST_CHARS = 10;

const FRAMELESS = {
  chars: {
    ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
    ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
    ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " },
  },
  style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
};

/** A feed's last value, the one before, and the final that brought it. */
export interface ShownFeed {
  readonly feed: WatchedFeed;
  readonly before: string | undefined;
  readonly from: WatchedFinal;
}

/** All that the screen shows. */
export interface WatchState {
  readonly peers: { readonly connected: number; readonly all: number };
  readonly committees: readonly WatchedCommittee[];
  readonly feeds: ReadonlyMap<string, ShownFeed>;
  readonly last: WatchedFinal | undefined;
  readonly finals: number;
  readonly conflicts: number;
  readonly refusals: WatchRefusals;
  /** Newest last. */
  readonly notes: readonly string[];
}

export function startWatchState(peers: number): WatchState {
  return {
    ...{ peers: { connected: 0, all: peers }, committees: [], feeds: new Map(), last: undefined },
    ...{ finals: 0, conflicts: 0, refusals: { forged: 0, stale: 0, foreign: 0 }, notes: [] },
  };
}

/** The state after a verified final. */
export function withFinal(state: WatchState, final: WatchedFinal, isConflict: boolean): WatchState {
  const feeds = new Map(state.feeds);
  for (const feed of final.feeds) feeds.set(feed.id, { feed, before: feeds.get(feed.id)?.feed.value, from: final });
  return {
    ...state,
    ...{ feeds, last: final },
    finals: state.finals + 1,
    conflicts: state.conflicts + (isConflict ? 1 : 0),
  };
}

export function withNote(state: WatchState, note: string): WatchState {
  return { ...state, notes: [...state.notes, note].slice(-SHOWN_NOTES) };
}

/** The whole screen as text. `now` in Unix seconds. */
export function renderWatch(state: WatchState, { now, columns }: { now: number; columns: number | undefined }): string {
  const rule = pc.dim("─".repeat(Math.min(columns ?? DEFAULT_COLUMNS, DEFAULT_COLUMNS)));
  const notes = state.notes.map((note) => pc.yellow(note));
  return [title(state), committeeLine(state), rule, feedTable(state, now), rule, lastLine(state), ...notes].join("\n");
}

function title({ peers, finals, conflicts, refusals }: WatchState): string {
  const connected = `${peers.connected} of ${peers.all} ${peers.all === 1 ? "peer" : "peers"}`;
  const counts = [
    `${finals} ${finals === 1 ? "final" : "finals"} verified`,
    bad(refusals.forged, "forged"),
    bad(refusals.stale, "stale"),
    ...(refusals.foreign > 0 ? [bad(refusals.foreign, "foreign")] : []),
    ...(conflicts > 0 ? [pc.bold(pc.red(`${conflicts} CONTRADICTIONS: more than f members are faulty`))] : []),
  ];
  const reached = peers.connected === 0 ? pc.red(connected) : pc.cyan(connected);
  return `${pc.bold("Quorate watch")}   ${reached}   ${counts.join("   ")}   ${pc.dim("Ctrl-C stops")}`;
}

function bad(count: number, what: string): string {
  return count === 0 ? pc.dim(`0 ${what}`) : pc.red(`${count} ${what}`);
}

function committeeLine({ committees }: WatchState): string {
  if (committees.length === 0) return pc.dim("no configuration is in force");
  const texts = committees.map(
    ({ index, configDigest, n, f }) =>
      `configuration ${index} (${configDigest.slice(0, DIGEST_CHARS)}…), n = ${n}, f = ${f}`,
  );
  return texts.join(pc.dim(" · "));
}

function feedTable({ feeds }: WatchState, now: number): string {
  if (feeds.size === 0) return pc.dim("waiting for the first final report");
  const table = new Table({
    ...FRAMELESS,
    head: ["feed", "value", "", "decimals", "observed", "epoch/round"].map((text) => pc.dim(text)),
    colAligns: ["left", "right", "left", "right", "right", "right"],
  });
  for (const { feed, before, from } of feeds.values())
    table.push([
      feed.name,
      withAllDecimals(feed),
      arrow(before, feed.value),
      String(feed.decimals),
      `${Math.max(0, Math.floor(now - from.observedAt))} s ago`,
      `${from.epoch}/${from.round}`,
    ]);
  return table.toString();
}

/** So that points stand below each other. */
function withAllDecimals({ value, decimals }: WatchedFeed): string {
  const [whole = "", fraction = ""] = value.split(".");
  return decimals === 0 ? whole : `${whole}.${fraction.padEnd(decimals, "0")}`;
}

/** Numbers only for the direction: the text beside it is exact. */
function arrow(before: string | undefined, value: string): string {
  if (before === undefined || before === value) return " ";
  return Number(value) > Number(before) ? pc.green("▲") : pc.red("▼");
}

function lastLine({ last }: WatchState): string {
  if (last === undefined) return "";
  const { epoch, round, signers, observers } = last;
  return pc.dim(
    `epoch ${epoch}, round ${round}: signed by members ${signers.join(", ")}; medians recomputed from the observations of ${observers.join(", ")}`,
  );
}
