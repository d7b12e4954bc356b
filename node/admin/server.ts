import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Equivocation } from "../../core/types/evidence.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import { type Journal, MAX_SUBSCRIBERS, type RoundEntry } from "./journal.ts";

export type AdminError =
  | { readonly code: "admin-port-taken"; readonly address: string }
  | { readonly code: "admin-listen-failed"; readonly address: string };

export interface AdminOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not, one line each. */
  readonly reasons: readonly string[];
}

/** What the admin interface shows. Everything is read at the moment of the request. */
export interface AdminDeps {
  readonly journal: Journal;
  readiness(): Readiness;
  status(): object;
  finalOf(sequence: bigint): FinalReport | undefined;
  /** Equivocations that this node witnessed, of all committees that it knows, oldest first. */
  evidence(): readonly WitnessedEquivocation[];
  readonly metrics: { exposition(): Promise<string>; readonly contentType: string };
}

export type WitnessedEquivocation = Equivocation & {
  readonly configDigest: Hex;
  readonly configIndex: number;
};

export interface AdminServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Between two comments on an event stream, so that both ends notice a dead connection. */
const KEEP_ALIVE_MS = 15_000;
/** What a view that does not read may leave unread, a few hundred events: then its connection is closed. */
const MAX_BACKLOG_BYTES = 64 * 1024;
const SEQUENCE = /^\d{1,20}$/;

/** Serves health, metrics and state over HTTP, read-only. Listens on loopback unless the configuration says otherwise. */
export async function startAdmin({ host, port }: AdminOptions, deps: AdminDeps): Promise<AdminServer> {
  const server = Fastify({ logger: false, forceCloseConnections: true });
  server.get("/healthz", () => ({ status: "ok" }));
  server.get("/readyz", (_, reply) => {
    const readiness = deps.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  server.get("/metrics", async (_, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.exposition()),
  );
  server.get("/status", (_, reply) => sendJson(reply, deps.status()));
  server.get("/evidence", (_, reply) =>
    sendJson(
      reply,
      deps.evidence().map((entry) => ({ ...entry, slot: slotOf(entry.sequence) })),
    ),
  );
  server.get("/rounds", (_, reply) => sendJson(reply, deps.journal.rounds()));
  server.get<{ Params: { sequence: string } }>("/rounds/:sequence", (request, reply) =>
    roundReply(deps, request.params.sequence, reply),
  );
  server.get("/events", (request, reply) => {
    request.raw.socket.setNoDelay(true);
    return streamEvents(deps.journal, reply);
  });
  return listen(server, { host, port });
}

async function listen(server: FastifyInstance, { host, port }: AdminOptions): Promise<AdminServer> {
  try {
    const url = await server.listen({ host, port });
    return { url, stop: () => server.close() };
  } catch (cause) {
    throw listenError(`${host}:${port}`, cause);
  }
}

function listenError(address: string, cause: unknown): QuorateError<AdminError> {
  const taken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
  return new QuorateError<AdminError>(
    { code: taken ? "admin-port-taken" : "admin-listen-failed", address },
    taken
      ? `${address} is taken: stop the other program or change admin.port`
      : `cannot listen on ${address}: check admin.host and admin.port`,
    { cause },
  );
}

function roundReply(deps: AdminDeps, text: string, reply: FastifyReply): FastifyReply {
  const final = SEQUENCE.test(text) ? deps.finalOf(BigInt(text)) : undefined;
  if (final === undefined) return reply.code(404).send({ error: `no final report for sequence ${text}` });
  const round: RoundEntry | undefined = deps.journal
    .rounds()
    .find(({ sequence }) => sequence === final.report.sequence);
  return sendJson(reply, { ...final, stages: round?.stages ?? {} });
}

/** Server-sent events: one JSON object per protocol stage, transmission and proof. */
function streamEvents(journal: Journal, reply: FastifyReply): FastifyReply {
  const { raw } = reply;
  const unsubscribe = journal.subscribe((event) => {
    raw.write(`data: ${JSON.stringify(event)}\n\n`);
    if (raw.writableLength > MAX_BACKLOG_BYTES) raw.destroy();
  });
  if (unsubscribe === undefined)
    return reply.code(503).send({ error: `${MAX_SUBSCRIBERS} views listen already: close one of them` });
  reply.hijack();
  raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  raw.write(": quorate\n\n");
  const keepAlive = setInterval(() => raw.write(":\n\n"), KEEP_ALIVE_MS);
  raw.on("close", () => {
    clearInterval(keepAlive);
    unsubscribe();
  });
  return reply;
}

/** JSON with bigints as decimal strings. */
function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  const text = JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? entry.toString() : entry));
  return reply.type("application/json").send(text);
}
