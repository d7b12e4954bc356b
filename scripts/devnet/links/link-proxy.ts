import { type AddressInfo, createServer, Socket } from "node:net";
import { relay, type Way } from "./way.ts";

const LOOPBACK = "127.0.0.1";
/** Two connections per pair are usual, one that is closing and its successor; the rest are dials that gave up on a cut link. */
const MAX_CONNECTIONS = 64;

export interface LinkProxyOptions {
  /** The member's own loopback port. */
  readonly targetPort: number;
  /** What the dialling side sends, and what comes back. */
  readonly there: Way;
  readonly back: Way;
}

export interface LinkProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** A loopback port behind which another one seems to lie farther away. A connection is passed on only while neither way is cut. */
export async function openLinkProxy({ targetPort, there, back }: LinkProxyOptions): Promise<LinkProxy> {
  const sockets = new Set<Socket>();
  const own = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
    // A peer that goes away shows in "close"; the event needs a listener all the same.
    socket.on("error", () => undefined);
  };
  const server = createServer({ allowHalfOpen: true }, (dialler) => {
    own(dialler);
    const target = new Socket({ allowHalfOpen: true });
    own(target);
    // Before the relays, so that there is somewhere to write to when they wake.
    whenOpen(dialler, [there, back], {
      open: () => target.connect({ port: targetPort, host: LOOPBACK }),
      givenUp: () => target.destroy(),
    });
    relay(dialler, target, there);
    relay(target, dialler, back);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, LOOPBACK, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Outcome {
  readonly open: () => void;
  readonly givenUp: () => void;
}

/** As soon as no way is cut, unless the dialler has given up before. */
function whenOpen(dialler: Socket, ways: readonly Way[], { open, givenUp }: Outcome): void {
  const isOpen = (): boolean => ways.every(({ shape }) => !shape.cut);
  if (isOpen()) {
    open();
    return;
  }
  const settle = (act: () => void): void => {
    dialler.off("end", leave).off("close", leave);
    for (const stop of stops) stop();
    act();
  };
  const leave = (): void => {
    settle(givenUp);
    dialler.destroy();
  };
  const look = (): void => {
    if (isOpen()) settle(open);
  };
  const stops = ways.map((way) => way.watch(look));
  dialler.once("end", leave).once("close", leave);
}
