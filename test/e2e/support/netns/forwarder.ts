import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Forwarder {
  /** The given URL with the forwarder's host and port. */
  readonly url: string;
  close(): Promise<void>;
}

/** Makes a service of this machine's loopback reachable at one of its other addresses. */
export async function forward(url: string, host: string): Promise<Forwarder> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const own = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  };
  const server = createServer((client) => {
    const service = own(connect(Number(target.port), target.hostname));
    own(client).pipe(service).pipe(client);
    client.on("close", () => service.destroy());
    service.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: url.replace(target.host, `${host}:${port}`),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
