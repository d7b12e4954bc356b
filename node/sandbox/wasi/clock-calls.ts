import { wasi } from "@bjorn3/browser_wasi_shim";
import type { HostFunction } from "../wasm/web-assembly.ts";
import { hasRights, type Descriptor } from "./descriptors.ts";
import type { Dialect } from "./dialect.ts";
import { WASI_LIMITS, WASI_PRICES } from "./limits.ts";
import type { WasiState } from "./wasi-state.ts";

/** Nanoseconds: what a guest sleeps is counted exactly. */
const RESOLUTION = 1n;
const EVENT_BYTES = 32;
/** A write of this much never blocks; neither does a longer one. */
const WRITABLE_BYTES = 65_536n;

export function clockCalls(state: WasiState): Record<string, HostFunction> {
  return {
    clock_res_get(id: number, result: number) {
      const view = state.view(result, 8);
      if (state.clock.origin(id) === undefined) return wasi.ERRNO_INVAL;
      view.setBigUint64(0, RESOLUTION, true);
      return wasi.ERRNO_SUCCESS;
    },
    clock_time_get(id: number, _precision: bigint, result: number) {
      const view = state.view(result, 8);
      const origin = state.clock.origin(id);
      if (origin === undefined) return wasi.ERRNO_INVAL;
      view.setBigUint64(0, origin + state.clock.slept, true);
      return wasi.ERRNO_SUCCESS;
    },
  };
}

/** What a subscription waits for: an event that is due once the guest has slept until `due`. */
interface Awaited {
  readonly userdata: bigint;
  readonly eventtype: number;
  /** 0 where it need not be waited for. */
  readonly due: bigint;
  readonly error: number;
  readonly bytes: bigint;
  readonly hangup: boolean;
}

/**
 * Descriptors are always ready, so a poll that names one answers at once. A poll of timers alone sleeps until the first is
 * due, which takes no time but moves the clocks.
 */
export function pollCalls(state: WasiState, dialect: Dialect): Record<string, HostFunction> {
  return {
    poll_oneoff(...[subscriptions, events, count, result]: [number, number, number, number]) {
      if (count === 0 || count > WASI_LIMITS.subscriptions) return wasi.ERRNO_INVAL;
      state.session.charge(count * WASI_PRICES.subscription);
      const { bytes } = dialect.subscription;
      const input = state.view(subscriptions, count * bytes);
      const output = state.view(events, count * EVENT_BYTES);
      const stored = state.view(result, 4);
      const awaited: Awaited[] = [];
      for (let at = 0; at < count * bytes; at += bytes) {
        const one = awaitedBy(state, dialect, new DataView(input.buffer, input.byteOffset + at, bytes));
        if (one === undefined) return wasi.ERRNO_INVAL;
        awaited.push(one);
      }
      state.clock.sleepUntil(awaited.reduce((first, { due }) => (due < first ? due : first), awaited[0]?.due ?? 0n));
      const happened = awaited.filter(({ due }) => due <= state.clock.slept);
      for (const [index, event] of happened.entries()) writeEvent(output, index * EVENT_BYTES, event);
      stored.setUint32(0, happened.length, true);
      return wasi.ERRNO_SUCCESS;
    },
  };
}

/** @returns undefined for a subscription of a type that does not exist. */
function awaitedBy(state: WasiState, dialect: Dialect, view: DataView): Awaited | undefined {
  const base = { userdata: view.getBigUint64(0, true), eventtype: view.getUint8(8) };
  if (base.eventtype === wasi.EVENTTYPE_CLOCK) return { ...base, ...timer(state, dialect, view) };
  if (base.eventtype > wasi.EVENTTYPE_FD_WRITE) return undefined;
  return { ...base, ...readiness(state.table.get(view.getUint32(16, true)), base.eventtype) };
}

const NOW = { due: 0n, error: wasi.ERRNO_SUCCESS, bytes: 0n, hangup: false };

function timer({ clock }: WasiState, { subscription }: Dialect, view: DataView): typeof NOW {
  const origin = clock.origin(view.getUint32(subscription.clockId, true));
  if (origin === undefined) return { ...NOW, error: wasi.ERRNO_INVAL };
  const timeout = view.getBigUint64(subscription.timeout, true);
  const flags = view.getUint16(subscription.clockFlags, true);
  const isAbsolute = (flags & wasi.SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME) !== 0;
  return { ...NOW, due: isAbsolute ? timeout - origin : clock.slept + timeout };
}

function readiness(descriptor: Descriptor | undefined, eventtype: number): typeof NOW {
  if (descriptor === undefined) return { ...NOW, error: wasi.ERRNO_BADF };
  const isRead = eventtype === wasi.EVENTTYPE_FD_READ;
  const direction = isRead ? wasi.RIGHTS_FD_READ : wasi.RIGHTS_FD_WRITE;
  if (!hasRights(descriptor, direction | wasi.RIGHTS_POLL_FD_READWRITE)) {
    return { ...NOW, error: wasi.ERRNO_NOTCAPABLE };
  }
  const bytes = isRead ? BigInt(descriptor.remaining?.() ?? 0) : WRITABLE_BYTES;
  return { ...NOW, bytes, hangup: bytes === 0n };
}

function writeEvent(output: DataView, at: number, event: Awaited): void {
  new Uint8Array(output.buffer, output.byteOffset + at, EVENT_BYTES).fill(0);
  output.setBigUint64(at, event.userdata, true);
  output.setUint16(at + 8, event.error, true);
  output.setUint8(at + 10, event.eventtype);
  output.setBigUint64(at + 16, event.bytes, true);
  output.setUint16(at + 24, event.hangup ? wasi.EVENTRWFLAGS_FD_READWRITE_HANGUP : 0, true);
}
