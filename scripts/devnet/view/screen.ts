import Table from "cli-table3";
import pc from "picocolors";
import { formatDecimal } from "../../../core/feeds/decimal.ts";
import { FEED_DECIMALS, RECORDED_FEEDS } from "../feeds.ts";
import type { RoundRecord } from "../ledger.ts";
import type { NodeStatus } from "../nodes/admin-client.ts";
import type { DevnetRun } from "../run.ts";
import { slotText } from "../slot-text.ts";
import { watchHint } from "./watch-hint.ts";

const SHOWN_ROUNDS = 6;
const SHOWN_DEEDS = 4;
const DEFAULT_COLUMNS = 100;
const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const SPARK_LENGTH = 16;
const BAR_LENGTH = 20;

const FRAME = {
  chars: {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  },
  style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
};

/** The whole screen of a run as text. */
export function renderRun(run: DevnetRun, columns = DEFAULT_COLUMNS): string {
  const rule = pc.dim("─".repeat(Math.min(columns, DEFAULT_COLUMNS)));
  const parts = [title(run)];
  if (run.network !== undefined) parts.push(rule, feeds(run), rule, nodes(run), rule, rounds(run), rule, footer(run));
  return parts.join("\n");
}

function title({ stage, progress, timeline, ledger, options, proving }: DevnetRun): string {
  const seconds = (timeline.elapsedMs / 1000).toFixed(0);
  const wanted = options.rounds === undefined ? "" : ` of ${options.rounds}`;
  const done = proving
    ? `${ledger.provenCount}${wanted} rounds proven`
    : `${ledger.rounds.length}${wanted} transmitted`;
  const count = ledger.rounds.length === 0 ? "" : `   ${done}`;
  return `${pc.bold("Quorate devnet")}   ${pc.cyan(stage)}${bar(progress)}   ${seconds} s${count}   ${pc.dim("Ctrl-C stops")}`;
}

/** A bar of twenty characters and the percentage. */
function bar(progress: number | undefined): string {
  if (progress === undefined) return "";
  const filled = Math.round(progress * BAR_LENGTH);
  return ` ${"█".repeat(filled)}${"░".repeat(BAR_LENGTH - filled)} ${Math.floor(progress * 100)} %`;
}

function feeds({ ledger }: DevnetRun): string {
  const table = new Table({
    ...FRAME,
    head: ["feed", "answer", "", "last rounds"].map(pc.dim),
    colAligns: ["left", "right", "left", "left"],
  });
  for (const [lane, { name }] of RECORDED_FEEDS.entries()) {
    const answers = ledger.rounds.flatMap(({ transmission }) => transmission.answers[lane]?.answer ?? []);
    const last = answers.at(-1);
    const before = answers.at(-2);
    const arrow =
      last === undefined || before === undefined || last === before ? " " : last > before ? pc.green("▲") : pc.red("▼");
    table.push([
      name,
      last === undefined ? pc.dim("–") : formatDecimal(last, FEED_DECIMALS),
      arrow,
      sparkline(answers.slice(-SPARK_LENGTH)),
    ]);
  }
  return table.toString();
}

function nodes({ network, statuses, episodes }: DevnetRun): string {
  const table = new Table({ ...FRAME, head: ["node", "pid", "state", "epoch", "members", "signer"].map(pc.dim) });
  for (const [index, node] of (network?.nodes ?? []).entries()) {
    const status = statuses[index];
    const plight = episodes.map((episode) => episode.plightOf(index)).find((found) => found !== undefined);
    table.push([
      node.name,
      String(node.pid),
      plight === undefined ? roleOf(status) : pc.red(plight.word),
      String(status?.epoch ?? ""),
      status?.connected === undefined ? "" : `${status.connected.length + 1}`,
      node.record.member.signer,
    ]);
  }
  return table.toString();
}

function roleOf(status: NodeStatus | undefined): string {
  if (status?.epoch === undefined) return pc.yellow(status?.phase ?? "starting");
  return status.leader === status.self ? pc.green("leader") : "follower";
}

function rounds({ ledger, network, proving }: DevnetRun): string {
  const head = ["round", "latency", "observers", "signers", "transmit gas", ...(proving ? ["proof", "prove gas"] : [])];
  const table = new Table({
    ...FRAME,
    head: head.map(pc.dim),
    colAligns: ["left", "right", "left", "left", "right", "right", "right"],
  });
  for (const record of ledger.rounds.slice(-SHOWN_ROUNDS)) {
    const committee = network?.committees.find(({ digest }) => digest === record.transmission.report.configDigest);
    const numberOf = (member: number): number => {
      const node = committee?.nodes[member];
      return node === undefined ? member + 1 : (network?.nodes.indexOf(node) ?? member) + 1;
    };
    table.push([...roundRow(record, numberOf), ...(proving ? proofRow(record) : [])]);
  }
  if (ledger.rounds.length === 0) return pc.dim("no report yet");
  return table.toString();
}

/** @param numberOf of a member: the number in its node's name. */
function roundRow({ transmission, view }: RoundRecord, numberOf: (member: number) => number): string[] {
  const started = view?.stages["round-started"];
  const final = view?.stages.final;
  const latency = started === undefined || final === undefined ? "" : `${final - started} ms`;
  const numbers = (members: readonly number[] = []) => members.map(numberOf).join(" ");
  return [
    slotText(transmission.sequence),
    latency,
    numbers(view?.observations.map(({ observer }) => observer)),
    numbers(transmission.signers),
    String(transmission.gasUsed),
  ];
}

function proofRow({ proof, proving }: RoundRecord): string[] {
  if (proof === undefined) return [pc.yellow("proving"), ""];
  const took = proving === undefined ? "proven" : `${((proving.witnessMs + proving.proveMs) / 1000).toFixed(1)} s`;
  return [pc.green(took), String(proof.gasUsed)];
}

/** What was done to the network last, if anything, and what a consumer of its feeds says. */
function footer(run: DevnetRun): string {
  const deeds = run.episodes.flatMap(({ lines }) => lines).slice(-SHOWN_DEEDS);
  const hint = watchHint(run);
  const look = hint === undefined ? [] : [pc.dim(`look on: ${hint}`)];
  return [...deeds.map((line) => pc.magenta(line)), ...(run.proving ? [market(run)] : []), ...look].join("\n");
}

function market({ market: { price, refusal } }: DevnetRun): string {
  const feed = RECORDED_FEEDS[0]?.name ?? "";
  const state =
    price === undefined
      ? pc.yellow(`refuses (${refusal ?? "not deployed yet"})`)
      : pc.green(`lends at ${formatDecimal(price, FEED_DECIMALS)}, proven`);
  return `lending market on ${feed}: ${state}`;
}

/** Block characters between the lowest and the highest of the values. */
function sparkline(values: readonly bigint[]): string {
  if (values.length === 0) return "";
  const lowest = values.reduce((a, b) => (a < b ? a : b));
  const span = values.reduce((a, b) => (a > b ? a : b)) - lowest;
  return values.map((value) => BLOCKS[span === 0n ? 3 : Number(((value - lowest) * 7n) / span)] ?? "").join("");
}
