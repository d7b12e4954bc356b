import { isUtf8 } from "node:buffer";
import type { GuestResult } from "../../../core/ports/sandbox.ts";
import { EffectsCollector } from "../host/effects.ts";
import type { Wasi } from "../wasi/wasi.ts";
import { classify, type Failure } from "./classify.ts";
import { resetCounters, spentFuel, type Counters } from "./counters.ts";
import { GuestFault } from "./guest-fault.ts";
import type { GuestSession, PhaseRun } from "./session.ts";

export interface PhaseContext {
  readonly session: GuestSession;
  readonly counters: Counters;
  /** Absent where the module imports nothing of it. */
  readonly wasi?: Pick<Wasi, "begin" | "end"> | undefined;
}

/**
 * Runs one phase of any shape: begins the session, resets the counters, and turns whatever happens into a result.
 * @param execute does the work and answers the guest's output, alone in its buffer.
 */
export function performPhase(context: PhaseContext, run: PhaseRun, execute: () => Uint8Array): GuestResult {
  const { session, counters, wasi } = context;
  const effects = new EffectsCollector(run.storage);
  session.begin(run, effects);
  resetCounters(counters, run.fuel);
  const ended = attempt(context, () => checkedOutput(execute(), run));
  wasi?.end();
  const collected = effects.finish(ended.kind === "output");
  const result = { ...ended, fuel: spentFuel(counters, run.fuel) };
  return collected === undefined ? result : { ...result, effects: collected };
}

type Ended = { readonly kind: "output"; readonly output: Uint8Array } | ({ readonly kind: "failed" } & Failure);

function attempt({ counters, wasi }: PhaseContext, execute: () => Uint8Array): Ended {
  try {
    wasi?.begin();
    return { kind: "output", output: execute() };
  } catch (error) {
    return { kind: "failed", ...classify(error, counters) };
  }
}

/** @throws GuestFault for a length that is not taken: before anything of that length is made. */
export function checkOutputLength(length: number, { phase, maxOutputBytes }: PhaseRun): void {
  if (length <= maxOutputBytes) return;
  throw new GuestFault("output-too-large", `${phase} answered ${length} bytes, at most ${maxOutputBytes} are taken`);
}

function checkedOutput(output: Uint8Array, run: PhaseRun): Uint8Array {
  checkOutputLength(output.length, run);
  if (!isUtf8(output)) throw new GuestFault("output-invalid", `${run.phase} answered bytes that are no UTF-8`);
  return output;
}
