import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { openAnswerLog, type AnswerLog, type AnswerRecord } from "./answer-log.ts";
import { createDraw } from "./draw.ts";
import { DEFAULT_FAULT_RATES, type FaultRates, NO_FAULTS } from "./faults.ts";
import { loadMarket } from "./market.ts";
import { respond, type Play } from "./respond.ts";
import { symbolsByPair } from "./route.ts";
import type { Slowness } from "./slowness.ts";

/** Sent as a hint too: clients with rounds of some seconds then keep their connections instead of racing their end. */
const KEEP_ALIVE_MS = 60_000;
/** The seed chooses where in the recordings a run starts. All series are longer than this. */
const MAX_OFFSET_TICKS = 500;

export interface ReplayServerOptions {
  readonly seed: string;
  /** Milliseconds from one recorded price to the next. */
  readonly tickMs: number;
  readonly logFile: string;
  /** Loopback port; 0, the default, takes a free one. */
  readonly port?: number;
  readonly faults?: FaultRates;
  /** Every answer is sound and is sent at once: what is left of a round's time is the nodes' own. */
  readonly calm?: boolean;
}

export interface ReplayServerDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface ReplayServer {
  /** Base URL; a requester's sources are at `<url>/<requester>/<exchange>`. */
  readonly url: string;
  /** The tick that is played at a moment, from 0. */
  tickAt(ms: number): number;
  /** Makes an exchange slow for answers from now on, or quick again. */
  slow(exchange: string, how: Slowness | undefined): void;
  /** Cuts what is open and closes the log; a second call waits for the first. */
  close(): Promise<void>;
}

export interface ReplayServerError {
  readonly code: "replay-listen-failed";
  readonly port: number;
}

/**
 * Serves the recorded market on loopback in the JSON shapes of four exchanges, and logs every answer.
 * @throws QuorateError when the recordings, the log or the port cannot be had.
 */
export async function createReplayServer(options: ReplayServerOptions, deps: ReplayServerDeps): Promise<ReplayServer> {
  const slowness = new Map<string, Slowness>();
  const play = await createPlay(options, deps, slowness);
  const log = openAnswerLog(options.logFile);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  const settled = serve(server, play, log);
  try {
    await listen(server, options.port ?? 0);
  } catch (error) {
    log.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await settled();
    log.close();
  };
  let closed: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tickAt: play.tickAt,
    slow(exchange, how) {
      if (how === undefined) slowness.delete(exchange);
      else slowness.set(exchange, how);
    },
    close: () => (closed ??= close()),
  };
}

async function createPlay(
  options: ReplayServerOptions,
  { now }: ReplayServerDeps,
  slowness: ReadonlyMap<string, Slowness>,
): Promise<Play> {
  const { seed, tickMs, calm = false, faults = calm ? NO_FAULTS : DEFAULT_FAULT_RATES } = options;
  const market = await loadMarket();
  const offset = createDraw(seed, ["offset"]).below(MAX_OFFSET_TICKS);
  const start = now();
  let answers = 0;
  return {
    seed,
    faults,
    calm,
    market,
    symbols: symbolsByPair(market.keys()),
    slownessOf: (exchange) => slowness.get(exchange),
    tickAt: (ms) => Math.max(0, Math.floor((ms - start) / tickMs)) + offset,
    now,
    // The start keeps ids apart when several runs append to one log.
    nextId: () => `${start}-${answers++}`,
  };
}

/** Answers and logs; the returned function waits for the answers that are under way. */
function serve(server: Server, play: Play, log: AnswerLog): () => Promise<unknown> {
  const pending = new Set<Promise<void>>();
  const latest = new WeakMap<Socket, AnswerRecord>();
  server.on("request", (request, response) => {
    latest.delete(request.socket);
    const exchange = respond(play, request, response).then((record) => {
      pending.delete(exchange);
      if (record === undefined) return;
      log.append(record);
      latest.set(request.socket, record);
    });
    pending.add(exchange);
  });
  server.on("connection", (socket) => {
    socket.on("close", (hadError) => {
      // A reset means that the client dropped bytes unread: the last answer came too late to be used.
      const record = latest.get(socket);
      if (hadError && record?.aborted === false) log.append({ ...record, aborted: true });
    });
  });
  return () => Promise.allSettled(pending);
}

/** Loopback only: the replay is a stage prop, and nothing outside should take it for a market. */
function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      const data: ReplayServerError = { code: "replay-listen-failed", port };
      reject(new QuorateError(data, `cannot listen on 127.0.0.1:${port}; free that port or give --port 0`, { cause }));
    };
    server.once("error", refuse);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", refuse);
      resolve();
    });
  });
}
