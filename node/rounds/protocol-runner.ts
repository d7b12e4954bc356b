import { leaderOf } from "../../core/consensus/permutation.ts";
import type { Message } from "../../core/consensus/messages.ts";
import { type OracleState, type ProtocolRecord, startOracle, stepOracle, wakeAt } from "../../core/consensus/oracle.ts";
import type { Effect, ProtocolContext, ProtocolEvent, Stage } from "../../core/consensus/protocol.ts";
import { decodeMessage, encodeMessage } from "../../core/consensus/wire.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { BindingRecord, ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { RoundMetrics } from "./metrics.ts";

export interface RunnerOptions {
  readonly context: ProtocolContext;
  readonly record: ProtocolRecord;
  /** K of the value vectors. */
  readonly lanes: number;
}

export interface RunnerDeps {
  readonly store: ProtocolStore;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RoundMetrics;
  onStage(stage: Stage, sequence: bigint): void;
  onFinal(final: FinalReport): void;
}

export interface ProtocolRunner extends NetworkEvents {
  start(network: Network): void;
  /** The chain's wishes changed. */
  onDue(mask: number): void;
  status(): { readonly epoch: number; readonly leader: number };
  stop(): Promise<void>;
}

/** Feeds events to the protocol's state machine and performs its effects: persist first, then everything else in order. */
export function createProtocolRunner({ context, record, lanes }: RunnerOptions, deps: RunnerDeps): ProtocolRunner {
  const { store, clock, log, metrics } = deps;
  let state: OracleState = startOracle(context, record, clock.now());
  let network: Network | undefined;
  let cancelTimer = (): void => undefined;
  let observing: AbortController | undefined;
  const observations = new Set<Promise<void>>();

  function handle(event: ProtocolEvent): void {
    if (network === undefined) return;
    const step = stepOracle(context, state, { event, now: clock.now() });
    persist(store, step.effects);
    state = step.state;
    for (const effect of step.effects) perform(effect, network);
    cancelTimer();
    cancelTimer = clock.wakeAt(wakeAt(context, state), () => handle({ type: "tick" }));
  }

  function perform(effect: Effect, to: Network): void {
    switch (effect.type) {
      case "send":
        return to.send(effect.to, encodeMessage(effect.message));
      case "broadcast":
        return to.broadcast(encodeMessage(effect.message));
      case "observe":
        return observe(effect.sequence);
      case "final":
        metrics.finals.add(1);
        return deps.onFinal(effect.final);
      case "stage":
        return deps.onStage(effect.stage, effect.sequence);
      case "epoch":
        metrics.epoch.set(effect.epoch);
        return log.info({ epoch: effect.epoch, leader: effect.leader }, "entered epoch");
      case "verdict":
        return judge(effect, to);
      case "persist-message":
      case "persist-epoch":
      case "persist-final":
        return; // Done before anything left.
    }
  }

  function judge({ from, kind, verdict }: Extract<Effect, { type: "verdict" }>, to: Network): void {
    if (verdict.kind === "accept") return;
    metrics.verdicts.add(1, { kind, verdict: verdict.kind, code: verdict.code });
    if (verdict.kind === "ignore") return log.debug({ from, kind, code: verdict.code }, "message ignored");
    log.warn({ from, kind, code: verdict.code }, "message rejected");
    to.penalise(from);
  }

  /** One observation at a time: a new slot makes the old one's data worthless. */
  function observe(sequence: bigint): void {
    observing?.abort();
    observing = new AbortController();
    const { signal } = observing;
    const job = deps.observer.observe(sequence, signal).then(
      (observation) => {
        if (!signal.aborted) handle({ type: "observed", observation });
      },
      (error: unknown) => log.error({ sequence, error }, "observing failed"),
    );
    observations.add(job);
    void job.finally(() => observations.delete(job));
  }

  return {
    start(startedNetwork) {
      network = startedNetwork;
      metrics.epoch.set(state.pacemaker.epoch);
      for (const peer of network.connected()) handle({ type: "connected", peer });
      handle({ type: "started" });
    },
    onFrame(from, frame) {
      const message = decodeMessage(frame, lanes);
      if (message === undefined) {
        metrics.verdicts.add(1, { kind: "unknown", verdict: "reject", code: "malformed" });
        network?.penalise(from);
        return;
      }
      noteReceived(store, from, { message, frame });
      handle({ type: "message", from, message });
    },
    onConnected: (peer) => handle({ type: "connected", peer }),
    onDisconnected: () => undefined,
    onDue: (mask) => handle({ type: "due", mask }),
    status() {
      const { epoch } = state.pacemaker;
      return { epoch, leader: leaderOf(epoch, { n: context.size.n, configDigest: context.configDigest }) };
    },
    async stop() {
      network = undefined;
      cancelTimer();
      observing?.abort();
      await Promise.all(observations);
    },
  };
}

function persist(store: ProtocolStore, effects: readonly Effect[]): void {
  const bindings: BindingRecord[] = [];
  const finals: FinalReport[] = [];
  let epoch: { epoch: number; wish: number } | undefined;
  for (const effect of effects) {
    if (effect.type === "persist-message")
      bindings.push({ kind: effect.kind, sequence: effect.sequence, bytes: encodeMessage(effect.message) });
    if (effect.type === "persist-final") finals.push(effect.final);
    if (effect.type === "persist-epoch") epoch = { epoch: effect.epoch, wish: effect.wish };
  }
  if (bindings.length > 0 || finals.length > 0 || epoch !== undefined) store.commit({ bindings, epoch, finals });
}

function noteReceived(
  store: ProtocolStore,
  sender: number,
  { message, frame }: { message: Message; frame: Uint8Array },
): void {
  switch (message.kind) {
    case "observation":
      return store.noteReceived({ sender, kind: message.kind, sequence: message.observation.sequence, bytes: frame });
    case "proposal":
    case "prepare":
    case "signature":
      return store.noteReceived({ sender, kind: message.kind, sequence: message.sequence, bytes: frame });
    case "new-epoch":
    case "round-start":
    case "final":
      return; // These bind nobody.
  }
}
