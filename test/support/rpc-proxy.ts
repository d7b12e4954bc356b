import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

interface RpcCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Answers one call; undefined passes it on to the real endpoint. */
export type RpcAnswer = (call: RpcCall) => unknown;

/** A JSON-RPC endpoint on loopback between a node and its chain: it can be down, refuse, or lie. */
export interface RpcProxy {
  readonly url: string;
  readonly calls: readonly RpcCall[];
  /** What stands before the chain now: a status to refuse everything with, a liar, or nothing. */
  behave(behaviour: { readonly down?: boolean; readonly status?: number; readonly answer?: RpcAnswer }): void;
  stop(): Promise<void>;
}

export interface RpcProxyOptions {
  /** The real endpoint; without one the answers must come from `answer`. */
  readonly upstream?: string;
  readonly answer?: RpcAnswer;
}

export async function startRpcProxy({ upstream, answer }: RpcProxyOptions = {}): Promise<RpcProxy> {
  let behaviour: Parameters<RpcProxy["behave"]>[0] = answer === undefined ? {} : { answer };
  const calls: RpcCall[] = [];
  const sockets = new Set<Socket>();

  async function resultOf(call: RpcCall): Promise<object> {
    calls.push(call);
    const result = behaviour.answer?.(call);
    if (result instanceof Error) return { error: { code: -32_000, message: result.message } };
    if (result !== undefined) return { result };
    if (upstream === undefined) return { error: { code: -32_601, message: `no answer to ${call.method}` } };
    const body = JSON.stringify({ jsonrpc: "2.0", ...call });
    const response = await fetch(upstream, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { error, result: real } = (await response.json()) as { error?: unknown; result?: unknown };
    return error === undefined ? { result: real } : { error };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await new Response(request as never).text();
    if (behaviour.status !== undefined) {
      response.writeHead(behaviour.status).end("refused");
      return;
    }
    const asked = JSON.parse(text) as RpcCall | RpcCall[];
    const answers = await Promise.all(
      [asked].flat().map(async (call) => ({ jsonrpc: "2.0", id: call.id, ...(await resultOf(call)) })),
    );
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.isArray(asked) ? answers : answers[0]));
  }

  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  server.on("connection", (socket) => {
    if (behaviour.down === true) socket.destroy();
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    behave(next) {
      behaviour = next;
      if (next.down === true) for (const socket of sockets) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
