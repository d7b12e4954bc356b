import { leaderOf } from "../../core/consensus/permutation.ts";
import type { Message } from "../../core/consensus/messages.ts";
import { type OracleState, type ProtocolRecord, startOracle, stepOracle, wakeAt } from "../../core/consensus/oracle.ts";
import type { Effect, ProtocolContext, ProtocolEvent, Stage } from "../../core/consensus/protocol.ts";
import { decodeMessage, encodeMessage } from "../../core/consensus/wire.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { BindingRecord, ProtocolCommit, ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Observation } from "../../core/types/observation.ts";
import { slotOf } from "../../core/types/sequence.ts";
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
  /** Whether the last step could be stored; while none can, this node stays silent. */
  healthy(): boolean;
  status(): { readonly epoch: number; readonly leader: number };
  stop(): Promise<void>;
}

/** Pause before the protocol's memory is tried again, in milliseconds. */
const STORE_RETRY_MS = 1_000;

/** Feeds events to the protocol's state machine and performs its effects: persist first, then everything else in order. */
export function createProtocolRunner({ context, record, lanes }: RunnerOptions, deps: RunnerDeps): ProtocolRunner {
  const { clock, metrics } = deps;
  const memory = createMemory(deps);
  let state: OracleState = startOracle(context, record, clock.now());
  let network: Network | undefined;
  let cancelTimer = (): void => undefined;
  const observing = createObserving(deps, (observation) => handle({ type: "observed", observation }));

  function handle(event: ProtocolEvent): void {
    if (network === undefined) return;
    const step = stepOracle(context, state, { event, now: clock.now() });
    const kept = memory.keep(step.effects);
    if (kept) state = step.state;
    for (const effect of kept ? step.effects : []) perform(effect, network);
    cancelTimer();
    const next = kept ? wakeAt(context, state) : clock.now() + STORE_RETRY_MS;
    cancelTimer = clock.wakeAt(next, () => handle({ type: "tick" }));
  }

  function perform(effect: Effect, to: Network): void {
    if (effect.type === "send") to.send(effect.to, encodeMessage(effect.message));
    if (effect.type === "broadcast") to.broadcast(encodeMessage(effect.message));
    if (effect.type === "observe") observing.start(effect.sequence);
    if (effect.type === "verdict") judge(effect, { to, deps });
    report(effect, deps);
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
      noteReceived(deps, { context, epoch: state.pacemaker.epoch }, { from, message, frame });
      handle({ type: "message", from, message });
    },
    onConnected: (peer) => handle({ type: "connected", peer }),
    onDisconnected: () => undefined,
    onDue: (mask) => handle({ type: "due", mask }),
    healthy: () => memory.healthy(),
    status() {
      const { epoch } = state.pacemaker;
      return { epoch, leader: leaderOf(epoch, { n: context.size.n, configDigest: context.configDigest }) };
    },
    async stop() {
      network = undefined;
      cancelTimer();
      await observing.stop();
    },
  };
}

/** One observation at a time: a new slot makes the old one's data worthless. */
function createObserving({ observer, log }: RunnerDeps, onObservation: (observation: Observation) => void) {
  const running = new Set<Promise<void>>();
  let current: AbortController | undefined;
  return {
    start(sequence: bigint): void {
      current?.abort();
      current = new AbortController();
      const { signal } = current;
      const job = observer
        .observe(sequence, signal)
        .then((observation) => {
          if (!signal.aborted) onObservation(observation);
        })
        .catch((error: unknown) => log.error({ sequence, error }, "observing failed"));
      running.add(job);
      void job.finally(() => running.delete(job));
    },
    async stop(): Promise<void> {
      current?.abort();
      await Promise.all(running);
    },
  };
}

/** What the rest of the node hears of a step. */
function report(effect: Effect, deps: RunnerDeps): void {
  if (effect.type === "stage") deps.onStage(effect.stage, effect.sequence);
  if (effect.type === "final") {
    deps.metrics.finals.add(1);
    deps.onFinal(effect.final);
  }
  if (effect.type === "epoch") {
    deps.metrics.epoch.set(effect.epoch);
    deps.log.info({ epoch: effect.epoch, leader: effect.leader }, "entered epoch");
  }
}

function judge(
  { from, kind, verdict }: Extract<Effect, { type: "verdict" }>,
  { to, deps: { metrics, log } }: { to: Network; deps: RunnerDeps },
): void {
  if (verdict.kind === "accept") return;
  metrics.verdicts.add(1, { kind, verdict: verdict.kind, code: verdict.code });
  if (verdict.kind === "ignore") {
    log.debug({ from, kind, code: verdict.code }, "message ignored");
    return;
  }
  log.warn({ from, kind, code: verdict.code }, "message rejected");
  to.penalise(from);
}

/** Puts what a step must remember on disk. A step that cannot be stored has not happened: as if its message were lost. */
function createMemory({ store, log }: RunnerDeps) {
  let healthy = true;
  return {
    healthy: () => healthy,
    /** Whether all of it is stored, so that the step may take effect. */
    keep(effects: readonly Effect[]): boolean {
      const commit = commitOf(effects);
      if (commit === undefined) return true;
      try {
        store.commit(commit);
        healthy = true;
      } catch (error) {
        if (healthy) log.error({ error }, "this step cannot be stored: check the data directory; silent until it can");
        healthy = false;
      }
      return healthy;
    },
  };
}

/** Undefined if there is nothing to store. */
function commitOf(effects: readonly Effect[]): ProtocolCommit | undefined {
  const bindings: BindingRecord[] = [];
  const finals: FinalReport[] = [];
  let epoch: ProtocolCommit["epoch"];
  for (const effect of effects) {
    if (effect.type === "persist-message")
      bindings.push({ kind: effect.kind, sequence: effect.sequence, bytes: encodeMessage(effect.message) });
    if (effect.type === "persist-final") finals.push(effect.final);
    if (effect.type === "persist-epoch") epoch = { epoch: effect.epoch, wish: effect.wish };
  }
  if (bindings.length === 0 && finals.length === 0 && epoch === undefined) return undefined;
  return { bindings, epoch, finals };
}

/**
 * Notes what binds its sender, for later comparison. Only slots that this epoch or its neighbours have: a member could
 * fill the disk with others.
 */
function noteReceived(
  { store }: RunnerDeps,
  { context, epoch }: { context: ProtocolContext; epoch: number },
  { from, message, frame }: { from: number; message: Message; frame: Uint8Array },
): void {
  if (message.kind === "new-epoch" || message.kind === "round-start" || message.kind === "final") return; // Bind nobody.
  const sequence = message.kind === "observation" ? message.observation.sequence : message.sequence;
  const slot = slotOf(sequence);
  if (slot.configIndex !== context.configIndex || slot.round > context.timing.rMax) return;
  if (Math.abs(slot.epoch - epoch) <= 1)
    store.noteReceived({ sender: from, kind: message.kind, sequence, bytes: frame });
}
