import type { Network } from "../../../core/ports/network.ts";
import type { ProtocolCommit, ProtocolStore } from "../../../core/ports/protocol-store.ts";
import { type Message } from "../../../core/consensus/messages.ts";
import { decodeMessage, type WireShape } from "../../../core/consensus/wire.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { createTransmissionStore } from "../../../node/storage/transmission-store.ts";
import { createRoundMetrics } from "../../../node/rounds/metrics.ts";
import { createRecordingMeter, type RecordingMeter } from "../sandbox/support/recording-meter.ts";
import type { Hex } from "../../../core/types/hex.ts";

/** What left a node or reached its disk, in order. */
export type Act =
  | { readonly type: "commit"; readonly commit: ProtocolCommit }
  | { readonly type: "send"; readonly to: number | "all"; readonly message: Message };

/** The real store on a database of its own, in memory, whose commits are noted and can be made to fail. */
export function spiedStore(acts: Act[], configDigest: Hex, lanes: number) {
  const database = openDatabase(":memory:");
  const store = createProtocolStore({ configDigest, lanes }, { database });
  const spied: ProtocolStore & {
    failure: Error | undefined;
    attempts: number;
  } = {
    ...store,
    failure: undefined,
    attempts: 0,
    commit(commit) {
      spied.attempts += 1;
      if (spied.failure !== undefined) throw spied.failure;
      store.commit(commit);
      acts.push({ type: "commit", commit });
    },
  };
  return { store: spied, transmissions: createTransmissionStore({ configDigest }, { database }) };
}

/** A network that notes what it is given. */
export function spiedNetwork(acts: Act[], shape: WireShape): Network & { readonly penalised: number[] } {
  const penalised: number[] = [];
  const note = (to: number | "all", frame: Uint8Array) => {
    const message = decodeMessage(frame, shape);
    if (message === undefined) throw new TypeError("a node sends what it could not read itself");
    acts.push({ type: "send", to, message });
  };
  return {
    penalised,
    send: note,
    broadcast: (frame) => note("all", frame),
    connected: () => [],
    penalise: (member) => void penalised.push(member),
    stop: () => Promise.resolve(),
  };
}

export function recordedMetrics(): { metrics: ReturnType<typeof createRoundMetrics>; meter: RecordingMeter } {
  const meter = createRecordingMeter();
  return { metrics: createRoundMetrics(meter), meter };
}
