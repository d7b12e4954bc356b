import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import { LATE_MS, type Slowness, TRICKLE_PAUSE_MS, TRICKLE_PIECES } from "./slowness.ts";

/** How long a stalled answer is held before its connection is cut, milliseconds: beyond every client's patience. */
const STALL_MS = 3000;

/**
 * Waits as long as the answer says, then sends it. Resolves when nothing more will happen to the response, with `false`
 * when the client went away before it had all of it.
 */
export async function deliver(answer: Answer, response: ServerResponse, slowness?: Slowness): Promise<boolean> {
  const client = watchClient(response);
  const stalls = answer.fault === "stall";
  await client.pause(stalls ? STALL_MS : slowness === "late" ? LATE_MS : answer.latencyMs);
  // One more turn of the event loop: a client that left while this process was busy must be seen before the answer goes.
  await nextTurn();
  if (client.gone()) return false;
  if (stalls) response.destroy();
  else if (slowness === "trickle") await trickle(answer, response, client);
  else send(answer, response);
  await client.closed;
  return response.writableFinished && !(await client.hadLeft());
}

interface Client {
  /** Resolves when nothing more can be sent. */
  readonly closed: Promise<undefined>;
  gone(): boolean;
  /** Ends early when the client goes away. */
  pause(ms: number): Promise<void>;
  /**
   * Of an answer that was just sent: whether the client had closed its end before. That is read only after the write, which
   * succeeds all the same; so it may come about when the system lets this process pause between a look and the write.
   */
  hadLeft(): Promise<boolean>;
}

/** Without abort signals, whose errors would be a tenth of the work for an answer that is sent at once. */
function watchClient(response: ServerResponse): Client {
  const { req: request } = response;
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  let gone = false;
  let wake: (() => void) | undefined;
  response.once("close", () => {
    gone = true;
    wake?.();
    resolve(undefined);
  });
  return {
    closed,
    gone: () => gone,
    async pause(ms) {
      if (ms === 0 || gone) return;
      const { promise, resolve: end } = Promise.withResolvers<undefined>();
      const timer = setTimeout(end, ms, undefined);
      wake = () => end(undefined);
      await promise;
      clearTimeout(timer);
    },
    async hadLeft() {
      if (!response.shouldKeepAlive) return false; // Then it was told to leave.
      // Before the next turn lies a look at all connections: answers are sent in a turn like it, or in a timer's before it.
      await nextTurn();
      return request.socket.readableEnded;
    },
  };
}

/** The answer in small pieces. Whoever waits for the next byte never waits long. */
async function trickle({ status, contentType, body }: Answer, response: ServerResponse, client: Client): Promise<void> {
  response.writeHead(status, { "content-type": contentType, "content-length": body.length });
  const size = Math.ceil(body.length / TRICKLE_PIECES);
  for (let start = 0; start < body.length && !client.gone(); start += size) {
    response.write(body.subarray(start, start + size));
    await client.pause(TRICKLE_PAUSE_MS);
  }
  response.end();
}

function send({ status, contentType, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, { "content-type": contentType, "content-length": body.length });
  response.end(body);
}
