import type { Message } from "../../core/consensus/messages.ts";
import type { ProtocolRecord } from "../../core/consensus/memory.ts";
import { type OracleState, startOracle } from "../../core/consensus/oracle-state.ts";
import { stepOracle, wakeAt } from "../../core/consensus/oracle.ts";
import { leaderOf } from "../../core/consensus/permutation.ts";
import type { Effect, ProtocolContext, ProtocolEvent, Stage } from "../../core/consensus/protocol.ts";
import { decodeMessage, encodeMessage } from "../../core/consensus/wire.ts";
import { reject } from "../../core/errors/verdict.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { Equivocation } from "../../core/types/evidence.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createDurableStep } from "./durable-step.ts";
import type { RoundMetrics } from "./metrics.ts";
import { createObserving } from "./observing.ts";

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
  /** The sources are asked, for a round that has started or is about to. */
  onAsking(sequence: bigint): void;
  /** The newest final report. */
  onFinal(final: FinalReport): void;
  /** An older one that this node had lacked. */
  onRecovered(final: FinalReport): void;
  /** A member contradicted itself; the evidence is stored. */
  onEvidence(evidence: Equivocation): void;
}

export interface ProtocolStatus {
  readonly epoch: number;
  readonly leader: number;
  /** This node lost its memory, and binds itself in nothing until others have told it what it may. */
  readonly silent: boolean;
}

export interface ProtocolRunner extends NetworkEvents {
  start(network: Network): void;
  /** The chain's wishes changed. */
  onDue(mask: number): void;
  /** The chain holds a report that this node does not: it is asked for. */
  onMissing(report: { readonly sequence: bigint; readonly digest: Hex }): void;
  /** Whether the last step could be stored; while none can, this node stays silent. */
  healthy(): boolean;
  status(): ProtocolStatus;
  /** Nothing leaves after the call. */
  stop(): Promise<void>;
}

/** Pause before the protocol's memory is tried again, in milliseconds. */
const STORE_RETRY_MS = 1_000;

/** Feeds events to the protocol's state machine and performs its effects: persist first, then everything else in order. */
export function createProtocolRunner({ context, record, lanes }: RunnerOptions, deps: RunnerDeps): ProtocolRunner {
  const { clock } = deps;
  const encode = createEncoder();
  const durable = createDurableStep({ ...deps, encode });
  const tell = createEpochNotes(context, deps);
  let state: OracleState = startOracle(context, record, clock.now());
  let network: Network | undefined;
  let cancelTimer = (): void => undefined;
  const observing = createObserving(context.timing, {
    ...deps,
    onAsking: (sequence) => deps.onAsking(sequence),
    onObservation: (observation) => handle({ type: "observed", observation }),
  });

  function handle(event: ProtocolEvent): void {
    if (network === undefined) return;
    const step = stepOracle(context, state, { event, now: clock.now() });
    const kept = durable.keep(step.effects);
    if (kept) state = step.state;
    for (const effect of kept ? step.effects : []) perform(effect, network);
    cancelTimer();
    const next = kept ? wakeAt(context, state) : clock.now() + STORE_RETRY_MS;
    cancelTimer = clock.wakeAt(next, () => handle({ type: "tick" }));
  }

  function perform(effect: Effect, to: Network): void {
    if (effect.type === "send") to.send(effect.to, encode(effect.message));
    if (effect.type === "broadcast") to.broadcast(encode(effect.message));
    if (effect.type === "observe") observing.start(effect.sequence);
    if (effect.type === "serve-final") serve(effect, { to, deps });
    if (effect.type === "verdict") judge(effect, { to, deps });
    if (effect.type === "epoch") tell.entered(effect, state.follower);
    report(effect, deps);
  }

  return {
    start(startedNetwork) {
      network = startedNetwork;
      tell.started(state.pacemaker.epoch, state.follower);
      for (const peer of network.connected()) handle({ type: "connected", peer });
      handle({ type: "started" });
    },
    onFrame(from, frame) {
      const message = decodeMessage(frame, { ...context.size, lanes });
      if (message !== undefined) handle({ type: "message", from, message });
      else if (network !== undefined)
        judge({ from, kind: "unknown", verdict: reject("malformed") }, { to: network, deps });
    },
    onConnected: (peer) => handle({ type: "connected", peer }),
    onDisconnected: () => undefined,
    onDue: (mask) => handle({ type: "due", mask }),
    onMissing: ({ sequence, digest }) => handle({ type: "missing", sequence, digest }),
    healthy: () => durable.healthy(),
    status: () => statusOf(context, state),
    async stop() {
      if (network !== undefined) tell.ended();
      network = undefined;
      cancelTimer();
      await observing.stop();
    },
  };
}

const MEMORY_LOST =
  "the hub holds reports of this committee, the database none: this node may have signed what it forgot. It binds itself in nothing until the other members have told it from which epoch on it may";

function statusOf(
  { size: { n }, configDigest }: ProtocolContext,
  { pacemaker, follower }: OracleState,
): ProtocolStatus {
  const { epoch } = pacemaker;
  return { epoch, leader: leaderOf(epoch, { n, configDigest }), silent: follower.silent };
}

type Binding = Pick<ProtocolStatus, "silent">;

/** Shows where the protocol is: by gauges, and in the log. */
function createEpochNotes({ configIndex }: ProtocolContext, { metrics, log }: RunnerDeps) {
  const committee = String(configIndex);
  const show = (epoch: number, { silent }: Binding): void => {
    metrics.epoch.set(epoch, { committee });
    metrics.silent.set(silent ? 1 : 0, { committee });
  };
  return {
    started(epoch: number, binding: Binding): void {
      show(epoch, binding);
      if (binding.silent) log.warn({ committee: configIndex }, MEMORY_LOST);
    },
    entered({ epoch, leader }: { epoch: number; leader: number }, binding: Binding): void {
      show(epoch, binding);
      log.info({ committee: configIndex, epoch, leader, silent: binding.silent }, "entered epoch");
    },
    ended: () => show(0, { silent: false }),
  };
}

/** A message is stored, and sent, as the same bytes: they are made once. */
function createEncoder(): (message: Message) => Uint8Array {
  const frames = new WeakMap<Message, Uint8Array>();
  return (message) => {
    const known = frames.get(message);
    if (known !== undefined) return known;
    const frame = encodeMessage(message);
    frames.set(message, frame);
    return frame;
  };
}

/** What the rest of the node hears of a step. */
function report(effect: Effect, deps: RunnerDeps): void {
  if (effect.type === "stage") deps.onStage(effect.stage, effect.sequence);
  if (effect.type === "final") {
    deps.metrics.finals.add(1);
    deps.onFinal(effect.final);
  }
  if (effect.type === "recovered") {
    deps.metrics.recovered.add(1);
    deps.log.info({ sequence: effect.final.report.sequence }, "fetched a final report that this node lacked");
    deps.onRecovered(effect.final);
  }
  if (effect.type === "persist-evidence") deps.onEvidence(effect.evidence);
}

interface Performing {
  readonly to: Network;
  readonly deps: RunnerDeps;
}

/** A member asks for a final report: it gets it, or nothing. */
function serve(
  { to: member, sequence, digest }: Extract<Effect, { type: "serve-final" }>,
  { to, deps: { store, metrics, log } }: Performing,
): void {
  try {
    const final = store.finalOf(sequence);
    if (final?.digest !== digest) return;
    to.send(member, encodeMessage({ kind: "final", final }));
    metrics.served.add(1);
  } catch (error) {
    log.error({ sequence, error }, "a stored report cannot be read: check the data directory");
  }
}

interface Judged extends Omit<Extract<Effect, { type: "verdict" }>, "type" | "kind"> {
  readonly kind: Message["kind"] | "unknown";
}

function judge({ from, kind, verdict }: Judged, { to, deps: { metrics, log } }: Performing): void {
  if (verdict.kind === "accept") return;
  metrics.verdicts.add(1, { kind, verdict: verdict.kind, code: verdict.code });
  if (verdict.kind === "ignore") {
    log.debug({ from, kind, code: verdict.code }, "message ignored");
    return;
  }
  log.warn({ from, kind, code: verdict.code }, "message rejected");
  to.penalise(from);
}
