import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { TLSSocket } from "node:tls";

export interface HandshakeWatch {
  /** Milliseconds, of a clock that never steps. */
  readonly now: () => number;
  /** Told of each TLS handshake, also of one that ends after the work that needed it. */
  readonly onHandshake: (ms: number) => void;
}

const watches = new AsyncLocalStorage<HandshakeWatch>();
let subscribed = false;

/**
 * Does some work and tells how long the TLS handshakes took of the connections that it opened: from the TCP connection to
 * the first byte that may be sent. A connection that is used again makes none.
 */
export function watchHandshakes<T>(watch: HandshakeWatch, work: () => Promise<T>): Promise<T> {
  // The HTTP client opens its connections by itself; Node tells of each new socket in the context of whoever caused it.
  if (!subscribed) subscribe("net.client.socket", onSocket);
  subscribed = true;
  return watches.run(watch, work);
}

function onSocket(message: unknown): void {
  const watch = watches.getStore();
  const { socket } = message as { socket: unknown };
  if (watch === undefined || !(socket instanceof TLSSocket)) return;
  socket.once("connect", () => {
    const start = watch.now();
    socket.once("secureConnect", () => watch.onHandshake(watch.now() - start));
  });
}
