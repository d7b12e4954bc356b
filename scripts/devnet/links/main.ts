// The links between the nodes as a process of its own: a loopback proxy per ordered pair, told by its parent how far away
// and how whole each direction is. Lives as long as its parent.
import { type LinkProxy, openLinkProxy } from "./link-proxy.ts";
import type { LinksReply, LinksRequest } from "./messages.ts";
import { Way } from "./way.ts";

let ways: readonly (readonly Way[])[] = [];
let proxies: readonly LinkProxy[] = [];

// The parent decides when the links end; a terminal's Ctrl-C reaches the whole group.
process.on("SIGINT", () => undefined);
process.once("SIGTERM", () => void close());
process.once("disconnect", () => void close());
process.on("message", (request: LinksRequest) => void answer(request));

function reply(message: LinksReply): void {
  process.send?.(message);
}

async function answer(request: LinksRequest): Promise<void> {
  if (request.kind === "open") {
    reply({ kind: "opened", ports: await open(request.targets) });
    return;
  }
  for (const [from, row] of ways.entries()) {
    for (const [to, way] of row.entries()) way.shape = request.shapes[from]?.[to] ?? way.shape;
  }
  reply({ kind: "shaped" });
}

async function open(targets: readonly number[]): Promise<number[][]> {
  ways = targets.map(() => targets.map(() => new Way()));
  const opened = await Promise.all(
    ways.map((row, from) =>
      Promise.all(
        row.map(async (there, to) => {
          const [back, targetPort] = [ways[to]?.[from], targets[to]];
          return from === to || back === undefined || targetPort === undefined
            ? undefined
            : openLinkProxy({ targetPort, there, back });
        }),
      ),
    ),
  );
  proxies = opened.flat().filter((proxy) => proxy !== undefined);
  return opened.map((row) => row.map((proxy) => proxy?.port ?? 0));
}

async function close(): Promise<void> {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  process.exit();
}
