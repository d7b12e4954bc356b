import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.ts";

/** How long a stalled answer is held before its connection is cut, milliseconds: beyond every client's patience. */
const STALL_MS = 3000;

/**
 * Waits as long as the answer says, then sends it. Resolves when nothing more will happen to the response, with `false`
 * when the client went away before it had all of it.
 */
export async function deliver(answer: Answer, response: ServerResponse): Promise<boolean> {
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  const gone = new AbortController();
  response.once("close", () => {
    gone.abort();
    resolve(undefined);
  });
  const stalls = answer.fault === "stall";
  await sleep(stalls ? STALL_MS : answer.latencyMs, undefined, { signal: gone.signal }).catch(() => undefined);
  // One more turn of the event loop: a client that left while this process was busy must be seen before the answer goes.
  await nextTurn();
  if (gone.signal.aborted) return false;
  if (stalls) response.destroy();
  else send(answer, response);
  await closed;
  return response.writableFinished;
}

function send({ status, contentType, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, { "content-type": contentType, "content-length": body.length });
  response.end(body);
}
