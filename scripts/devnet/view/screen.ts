import Table from "cli-table3";
import pc from "picocolors";
import { formatDecimal } from "../../../core/feeds/decimal.ts";
import { FEED_DECIMALS, RECORDED_FEEDS } from "../feeds.ts";
import type { RoundRecord } from "../ledger.ts";
import type { DevnetRun } from "../run.ts";
import { slotText } from "./lines.ts";

const SHOWN_ROUNDS = 6;
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
  if (run.network !== undefined) parts.push(rule, feeds(run), rule, nodes(run), rule, rounds(run), rule, market(run));
  return parts.join("\n");
}

function title({ stage, progress, timeline, ledger, options }: DevnetRun): string {
  const seconds = (timeline.elapsedMs / 1000).toFixed(0);
  const wanted = options.rounds === undefined ? "" : ` of ${options.rounds}`;
  const proven = ledger.rounds.length === 0 ? "" : `   ${ledger.provenCount}${wanted} rounds proven`;
  return `${pc.bold("Quorate devnet")}   ${pc.cyan(stage)}${bar(progress)}   ${seconds} s${proven}   ${pc.dim("Ctrl-C stops")}`;
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

function nodes({ network, statuses, killLeader }: DevnetRun): string {
  const table = new Table({ ...FRAME, head: ["node", "pid", "state", "epoch", "members", "signer"].map(pc.dim) });
  for (const [member, node] of (network?.nodes ?? []).entries()) {
    const status = statuses[member];
    const down = killLeader?.record?.member === member && !killLeader.finished && !node.running;
    const state = down
      ? pc.red("killed")
      : status?.epoch === undefined
        ? pc.yellow(status?.phase ?? "starting")
        : status.leader === member
          ? pc.green("leader")
          : "follower";
    table.push([
      node.name,
      String(node.pid),
      state,
      String(status?.epoch ?? ""),
      status?.connected === undefined ? "" : `${status.connected.length + 1}`,
      node.record.member.signer,
    ]);
  }
  return table.toString();
}

function rounds({ ledger }: DevnetRun): string {
  const head = ["round", "latency", "observers", "signers", "transmit gas", "proof", "prove gas"];
  const table = new Table({
    ...FRAME,
    head: head.map(pc.dim),
    colAligns: ["left", "right", "left", "left", "right", "right", "right"],
  });
  for (const record of ledger.rounds.slice(-SHOWN_ROUNDS)) table.push(roundRow(record));
  if (ledger.rounds.length === 0) return pc.dim("no report yet");
  return table.toString();
}

function roundRow({ transmission, view, proof, proving }: RoundRecord): string[] {
  const started = view?.stages["round-started"];
  const final = view?.stages.final;
  const latency = started === undefined || final === undefined ? "" : `${final - started} ms`;
  const members = (list: readonly number[] | undefined) => (list ?? []).map((member) => member + 1).join(" ");
  return [
    slotText(transmission.sequence),
    latency,
    members(view?.observations.map(({ observer }) => observer)),
    members(transmission.signers),
    String(transmission.gasUsed),
    proof === undefined
      ? pc.yellow("proving")
      : pc.green(proving === undefined ? "proven" : `${((proving.witnessMs + proving.proveMs) / 1000).toFixed(1)} s`),
    proof === undefined ? "" : String(proof.gasUsed),
  ];
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
