import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import { LATE_MS, type Slowness, TRICKLE_PAUSE_MS, TRICKLE_PIECES } from "./slowness.ts";

/** How long a stalled answer is held before its connection is cut, milliseconds: beyond every client's patience. */
const STALL_MS = 3000;

/**
 * Waits as long as the answer says, then sends it. Resolves when nothing more will happen to the response, with `false`
 * when the client went away before it had all of it.
 */
export async function deliver(answer: Answer, response: ServerResponse, slowness?: Slowness): Promise<boolean> {
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  const gone = new AbortController();
  response.once("close", () => {
    gone.abort();
    resolve(undefined);
  });
  const stalls = answer.fault === "stall";
  const pauseMs = stalls ? STALL_MS : slowness === "late" ? LATE_MS : answer.latencyMs;
  await sleep(pauseMs, undefined, { signal: gone.signal }).catch(() => undefined);
  // One more turn of the event loop: a client that left while this process was busy must be seen before the answer goes.
  await nextTurn();
  if (gone.signal.aborted) return false;
  if (stalls) response.destroy();
  else if (slowness === "trickle") await trickle(answer, response, gone.signal);
  else send(answer, response);
  await closed;
  return response.writableFinished;
}

/** The answer in small pieces. Whoever waits for the next byte never waits long. */
async function trickle({ status, contentType, body }: Answer, response: ServerResponse, gone: AbortSignal) {
  response.writeHead(status, { "content-type": contentType, "content-length": body.length });
  const size = Math.ceil(body.length / TRICKLE_PIECES);
  for (let start = 0; start < body.length && !gone.aborted; start += size) {
    response.write(body.subarray(start, start + size));
    await sleep(TRICKLE_PAUSE_MS, undefined, { signal: gone }).catch(() => undefined);
  }
  response.end();
}

function send({ status, contentType, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, { "content-type": contentType, "content-length": body.length });
  response.end(body);
}
