import { DEPTH_VARIABLE } from "../../scripts/test/depth.ts";

/** Whether this is `npm run test:deep`. A suite that imports this file is part of it. */
const DEEP = process.env[DEPTH_VARIABLE] === "deep";

/** What to try, or how often: a slice in `npm test`, all of it in `npm run test:deep`. */
export function trials<T>({ slice, full }: { readonly slice: T; readonly full: T }): T {
  return DEEP ? full : slice;
}

const PROGRESS_MS = 10_000;

/** Tells how far a long test has come, every ten seconds, and only in `npm run test:deep`. */
export function createProgress(what: string, total: number): (done: number) => void {
  let next = Date.now() + PROGRESS_MS;
  return (done) => {
    if (!DEEP || Date.now() < next) return;
    next = Date.now() + PROGRESS_MS;
    console.log(`${what}: ${done} of ${total}`);
  };
}
