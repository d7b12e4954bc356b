import { fileURLToPath } from "node:url";
import { spawnChild } from "../child.ts";
import { type LinkShape, type LinksReply, type LinksRequest, PLAIN } from "./messages.ts";

const SCRIPT = fileURLToPath(new URL("main.ts", import.meta.url));

export interface LinksOptions {
  /** Receives what the proxies' process prints. */
  readonly logFile: string;
  /** The members' own loopback ports. */
  readonly targets: readonly number[];
}

/** What lies between the nodes. Each change holds for all connections at once, old and new. */
export interface Links {
  /** The loopback port at which one member finds another. */
  portOf(from: number, to: number): number;
  /** One-way delay in milliseconds, of every direction between two members. */
  delay(ms: number): Promise<void>;
  /** Cuts all links between members of different groups and mends those within one. Who is in no group is alone. */
  split(groups: readonly (readonly number[])[]): Promise<void>;
  /** Mends all links; delays stay. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the process that holds the proxies, each link whole and as fast as loopback. */
export async function startLinks({ logFile, targets }: LinksOptions): Promise<Links> {
  const child = spawnChild({ script: SCRIPT, logFile });
  const open: LinksRequest = { kind: "open", targets };
  const { ports } = await child
    .request<Extract<LinksReply, { kind: "opened" }>>(open, "opened")
    .catch(async (error: unknown) => {
      await child.stop();
      throw error;
    });
  let shapes = targets.map(() => targets.map(() => PLAIN));
  const shape = async (change: (old: LinkShape, from: number, to: number) => LinkShape): Promise<void> => {
    shapes = shapes.map((row, from) => row.map((old, to) => change(old, from, to)));
    const request: LinksRequest = { kind: "shape", shapes };
    await child.request(request, "shaped");
  };
  return {
    portOf(from, to) {
      const port = ports[from]?.[to] ?? 0;
      if (port === 0) throw new RangeError(`no link from member ${from} to member ${to}`);
      return port;
    },
    delay: (ms) => shape((old) => ({ ...old, delayMs: ms })),
    split(groups) {
      const together = (from: number, to: number) => groups.some((group) => group.includes(from) && group.includes(to));
      return shape((old, from, to) => ({ ...old, cut: !together(from, to) }));
    },
    heal: () => shape((old) => ({ ...old, cut: false })),
    stop: () => child.stop(),
  };
}
