import { parentPort } from "node:worker_threads";
import { createFixedBase } from "./fixed-base.ts";
import type { FixedBase, GroupName } from "./fixed-base.ts";

/** A worker makes a group's table once, when its first chunk of that group arrives. */
export interface PointsRequest {
  readonly group: GroupName;
  readonly code: Uint8Array<ArrayBuffer>;
  readonly base: Uint8Array;
  readonly scalars: Uint8Array;
}

const tables = new Map<GroupName, FixedBase>();

parentPort?.on("message", ({ group, code, base, scalars }: PointsRequest) => {
  const table = tables.get(group) ?? createFixedBase(group, code, base);
  tables.set(group, table);
  parentPort?.postMessage(table.multiply(scalars));
});
