import type { Log } from "../../core/ports/log.ts";
import { createRateLimit } from "./rate-limit.ts";

/** A peer that begins anew as soon as its connection has ended must not fill the disk; the metrics count every time. */
const LINES = { burst: 8, perSecond: 1 / 60 };

/** Logs connections that were ended for a fault. Fields: see the caller's metric. */
export function createFaultLog(log: Log, now: () => number): (fields: object) => void {
  const lines = createRateLimit(LINES);
  return (fields) => {
    if (lines.take(now())) log.warn(fields, "connection ended: it broke the bounds of one");
  };
}
