import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface Loopback extends AsyncDisposable {
  readonly url: string;
}

async function listen(server: Server, connections: Set<Socket>): Promise<Loopback> {
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.on("error", () => undefined).on("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An HTTP server on a free loopback port. */
export function serveHttp(listener: RequestListener): Promise<Loopback> {
  return listen(createServer(listener), new Set());
}

/** A server that answers a request's first bytes with whatever it likes. */
export function serveTcp(answer: (socket: Socket) => void): Promise<Loopback> {
  const server = createTcpServer((socket) => socket.once("data", () => answer(socket)));
  return listen(server, new Set());
}
