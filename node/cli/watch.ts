import { type Command, InvalidArgumentError } from "commander";
import { createLogUpdate } from "log-update";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import { systemClock } from "../app/system-clock.ts";
import type { WatchEvents, WatchRefusals } from "../app/watch.ts";
import type { WatchedFinal } from "../app/watched-finals.ts";
import { createCliLog } from "./log.ts";
import { untilStopped } from "./signals.ts";
import { renderWatch, startWatchState, withFinal, withNote, type WatchState } from "./watch-screen.ts";

interface WatchFlags {
  readonly rpc: string;
  readonly registry: Hex;
  readonly peer: readonly string[];
  readonly chainId?: number;
  readonly json?: boolean;
  readonly rounds?: number;
}

/** What becomes of the events: a screen, lines for a person, or lines for a program. */
interface WatchView {
  readonly events: WatchEvents;
  readonly log: Log;
  end(): void;
}

/** Ages on the screen are in seconds. */
const REDRAW_MS = 1_000;

export function addWatchCommand(program: Command): void {
  const collect = (value: string, all: readonly string[] = []) => [...all, value];
  program
    .command("watch")
    .description("watch a committee agree, read-only and without keys: every final report is verified completely")
    .requiredOption("--rpc <url>", "JSON-RPC endpoint of the chain", parseUrl)
    .requiredOption("--registry <address>", "the committee registry's address", parseAddress)
    .requiredOption(
      "--peer <multiaddr>",
      "where a node publishes finals (its p2p.publish.listen); repeat for more",
      collect,
    )
    .option("--chain-id <id>", "the chain's id (default: as the endpoint says)", parseCount)
    .option("--json", "print one JSON line per final report")
    .option("--rounds <number>", "stop after so many final reports", parseCount)
    .action(async ({ peer: peers, json = false, rounds = Infinity, ...target }: WatchFlags) => {
      const { startWatch } = await import("../app/watch.ts"); // Loaded when it is needed: help comes at once.
      let finish = (): void => undefined;
      const done = new Promise<void>((resolve) => (finish = resolve));
      let finals = 0;
      const view = createView(peers.length, json);
      const events: WatchEvents = {
        ...view.events,
        onFinal(final, context) {
          if (finals >= rounds) return;
          view.events.onFinal(final, context);
          finals += 1;
          if (finals >= rounds) finish();
        },
      };
      try {
        await untilStopped(async (signal) => {
          const watch = await startWatch({ ...target, peers, signal }, { log: view.log, events });
          return { ...watch, done };
        });
      } finally {
        view.end();
      }
    });
}

function createView(peers: number, json: boolean): WatchView {
  if (json) return jsonView();
  return process.stdout.isTTY ? screenView(peers) : lineView();
}

/** Standard output holds finals alone, one JSON document per line. */
function jsonView(): WatchView {
  return {
    log: createCliLog(),
    events: {
      onFinal: (final, { isConflict, refusals }) =>
        console.log(JSON.stringify({ ...final, sequence: final.sequence.toString(), isConflict, refusals })),
      onRefused: (reason, refusals) => console.error(refusedLine(reason, refusals)),
      onCommittees: () => undefined,
      onPeers: () => undefined,
    },
    end: () => undefined,
  };
}

function lineView(): WatchView {
  return {
    log: createCliLog(),
    events: {
      onFinal(final, { isConflict }) {
        if (isConflict) console.error(`a second final report of one slot: more than f members are faulty`);
        console.log(finalLine(final));
      },
      onRefused: (reason, refusals) => console.error(refusedLine(reason, refusals)),
      onCommittees: () => undefined,
      onPeers: (connected) => console.error(`${connected.length} peers connected`),
    },
    end: () => undefined,
  };
}

function finalLine({ epoch, round, observedAt, feeds, signers }: WatchedFinal): string {
  const values = feeds.map(({ name, value }) => `${name} ${value}`).join("  ");
  const time = new Date(observedAt * 1_000).toISOString();
  return `${time}  epoch ${epoch} round ${round}  signed by ${signers.join(",")}  ${values}`;
}

function refusedLine(reason: string, { forged, stale, foreign }: WatchRefusals): string {
  return `refused (${reason}); so far ${forged} forged, ${stale} stale, ${foreign} foreign`;
}

/** Redraws after each event, and every second for the ages. */
function screenView(peers: number): WatchView {
  const draw = createLogUpdate(process.stdout);
  let state = startWatchState(peers);
  let cancel = (): void => undefined;
  const paint = (): void => {
    cancel();
    draw(renderWatch(state, { now: systemClock.timeOfDay() / 1_000, columns: process.stdout.columns }));
    cancel = systemClock.wakeAt(systemClock.now() + REDRAW_MS, paint);
  };
  const change = (next: WatchState): void => {
    state = next;
    paint();
  };
  const note = (fields: object, message: string): void =>
    change(withNote(state, [message, ...Object.values(fields).map(String)].join(" · ")));
  paint();
  return {
    log: { debug: () => undefined, info: () => undefined, warn: note, error: note },
    events: {
      onFinal: (final, { isConflict, refusals }) => change({ ...withFinal(state, final, isConflict), refusals }),
      onRefused: (_, refusals) => change({ ...state, refusals }),
      onCommittees: (committees) => change({ ...state, committees }),
      onPeers: ({ length: connected }) => change({ ...state, peers: { ...state.peers, connected } }),
    },
    end() {
      paint();
      cancel();
      draw.done();
    },
  };
}

function parseAddress(text: string): Hex {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text.toLowerCase() as Hex;
  throw new InvalidArgumentError("expected 0x and 40 hexadecimal digits");
}

function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError("expected an http:// or https:// URL");
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number above 0");
}
