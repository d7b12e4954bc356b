import { concat } from "ethers";
import { roundTraceId } from "../../core/codec/trace-id.ts";
import { keccak256 } from "../../core/crypto/keccak.ts";
import { maskOf } from "../../core/feeds/due.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { Sandbox } from "../../core/ports/sandbox.ts";
import type { Tracer } from "../../core/ports/tracer.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createObserveMetrics } from "./metrics.ts";
import { type FeedBinding, type FeedOutcome, NO_INPUTS, observeFeed } from "./observe-feed.ts";

export interface ObserverOptions {
  /** In canonical order. */
  readonly feeds: readonly FeedBinding[];
  /** K of the value vector. */
  readonly lanes: number;
  readonly configDigest: Hex;
  /** This node's committee index. */
  readonly member: number;
}

export interface ObserverDeps {
  readonly sandbox: Pick<Sandbox, "call">;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly tracer?: Tracer;
  /** How one feed is observed; `observeFeed` unless given. */
  readonly observe?: typeof observeFeed;
}

/** Observes all feeds of a round at once. A feed that fails is an unset lane; the others count all the same. */
export function createObserver(
  { feeds, lanes, configDigest, member }: ObserverOptions,
  { sandbox, clock, log, meter, tracer, observe = observeFeed }: ObserverDeps,
): Observer {
  const metrics = createObserveMetrics(meter);
  return {
    async observe(sequence, signal) {
      const start = clock.now();
      const run = {
        time: Math.floor(clock.timeOfDay() / 1000),
        traceId: roundTraceId(configDigest, sequence),
        member,
        signal,
      };
      const outcomes = await Promise.all(feeds.map((binding) => observed(() => observe(binding, run, { sandbox }))));
      const values = Array.from({ length: lanes }, () => 0n);
      const present = feeds.flatMap(({ lane, name }, i) => {
        const outcome = outcomes[i];
        if (outcome?.kind === "value") values[lane] = outcome.value;
        else if (outcome !== undefined && !signal.aborted)
          log.warn({ sequence, feed: name, code: outcome.code, reason: outcome.message }, "feed not observed");
        metrics.feeds.add(1, { feed: name, result: outcome?.kind === "value" ? "value" : (outcome?.code ?? "none") });
        return outcome?.kind === "value" ? [lane] : [];
      });
      const end = clock.now();
      metrics.seconds.observe((end - start) / 1000);
      tracer?.record({
        ...{ name: "round.observe", traceId: run.traceId, startMs: start, endMs: end },
        attributes: { sequence: sequence.toString(), member, feeds: feeds.length, observed: present.length },
      });
      return {
        sequence,
        feeds: { mask: maskOf(present), values },
        timestamp: Math.floor(clock.timeOfDay() / 1000),
        inputsDigest: digestOf(outcomes),
        fuel: outcomes.reduce((sum, { fuel }) => sum + fuel, 0n),
      };
    },
  };
}

/** A fault of ours costs one feed, not the round. */
async function observed(observe: () => Promise<FeedOutcome>): Promise<FeedOutcome> {
  try {
    return await observe();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "absent", code: "host-fault", message, fuel: 0n, inputs: NO_INPUTS };
  }
}

/** keccak256 over the feeds' input digests in canonical order. */
function digestOf(outcomes: readonly FeedOutcome[]): Hex {
  return keccak256(concat(outcomes.map(({ inputs }) => inputs)) as Hex);
}
