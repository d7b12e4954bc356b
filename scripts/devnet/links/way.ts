import type { Socket } from "node:net";
import { type LinkShape, PLAIN } from "./messages.ts";

/** Held bytes per connection and direction beyond which its sender is not read any more: the kernel's buffers then fill up. */
const MAX_HELD_BYTES = 1024 * 1024;

/** One direction of a link, shared by all connections that use it. */
export class Way {
  #shape: LinkShape = PLAIN;
  readonly #waiting = new Set<() => void>();

  get shape(): LinkShape {
    return this.#shape;
  }

  set shape(shape: LinkShape) {
    this.#shape = shape;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Calls back after each change, until the returned function is called. */
  watch(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => void this.#waiting.delete(wake);
  }
}

/** Bytes, or how the sender's side ended: by a FIN or by a reset. */
type Held = { readonly at: number } & (
  { readonly kind: "data"; readonly chunk: Buffer } | { readonly kind: "end" } | { readonly kind: "reset" }
);

/** Carries what one socket receives to another one, in order, late and with pauses as the way says. */
export function relay(from: Socket, to: Socket, way: Way): void {
  const held: Held[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const hold = (item: { kind: "data"; chunk: Buffer } | { kind: "end" } | { kind: "reset" }): void => {
    // A delay that was shortened must not let bytes overtake others.
    const at = Math.max(held.at(-1)?.at ?? 0, performance.now() + way.shape.delayMs);
    held.push({ ...item, at });
    forward();
  };
  const forward = (): void => {
    clearTimeout(timer);
    // A socket that waits for its way to be mended is not dialled yet.
    const ready = () => (to.connecting || !to.pending) && !way.shape.cut && !to.writableNeedDrain;
    for (let next = held[0]; next !== undefined && ready(); next = held[0]) {
      const waitMs = next.at - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(forward, Math.ceil(waitMs));
        return;
      }
      held.shift();
      if (next.kind === "reset") to.resetAndDestroy();
      else if (next.kind === "end") to.end();
      else {
        bytes -= next.chunk.length;
        to.write(next.chunk);
      }
    }
    if (bytes < MAX_HELD_BYTES) from.resume();
  };
  const unwatch = way.watch(forward);
  from.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= MAX_HELD_BYTES) from.pause();
    hold({ kind: "data", chunk });
  });
  from.on("end", () => hold({ kind: "end" }));
  from.on("close", (hadError) => {
    if (hadError) hold({ kind: "reset" });
  });
  to.on("connect", forward).on("drain", forward);
  to.on("close", () => {
    clearTimeout(timer);
    unwatch();
    held.length = 0;
    // Its sender may go on until the way back tells it; nobody reads that.
    from.resume();
  });
}
