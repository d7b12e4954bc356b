import type { Hex } from "../../../core/types/hex.ts";
import type { GuestCall, GuestResult, ModuleTerms } from "../../../core/ports/sandbox.ts";
import type { AdmissionOptions } from "../admission/admit.ts";
import type { ModuleRefused } from "../admission/refusal.ts";
import type { CompiledProgram, ProgramTerms } from "../guest/program.ts";
import type { PhaseRun } from "../guest/session.ts";
import type { ColdStage, StageReport, StageTime } from "./cold-stage.ts";

/** Work for a worker thread, one job at a time. Bytes are alone in their buffer, which the job takes along. */
export type Job =
  | {
      readonly kind: "admit";
      readonly digest: Hex;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly options: AdmissionOptions;
      readonly terms: ProgramTerms;
      readonly again: boolean;
    }
  | { readonly kind: "call"; readonly run: PhaseRun & { readonly input: Uint8Array<ArrayBuffer> } };

/** Sent to every worker, and to each new one. */
export interface LoadProgram {
  readonly kind: "load";
  readonly digest: Hex;
  readonly program: CompiledProgram;
  readonly terms: ProgramTerms;
  /** Linear memory that an instance holds before it runs; Infinity if that is not known. */
  readonly idleBytes: number;
}

export type WorkerMessage = Job | LoadProgram;

export interface CallDone {
  readonly kind: "done";
  readonly result: GuestResult;
  /** Absent where no instance ran: the call failed before. */
  readonly measured?: CallMeasures;
}

export interface CallMeasures {
  /** Time in the guest, by the worker's clock. */
  readonly elapsedNs: number;
  /** Time that making the instance took, in advance or not. */
  readonly instantiateSeconds: number;
  /** Whether an instance was ready. */
  readonly pooled: boolean;
  readonly memoryBytes: number;
}

export interface Refused {
  readonly kind: "refused";
  readonly data: ModuleRefused;
  readonly message: string;
}

/** Whether the module is to be admitted is not known: this machine failed. */
export interface Faulted {
  readonly kind: "faulted";
  readonly reason: string;
}

export interface Compiled extends Pick<LoadProgram, "program" | "idleBytes"> {
  readonly kind: "compiled";
}

export type JobAnswer = Refused | Faulted | CallDone | Compiled;

/**
 * What a worker says: that it is up; that it begins its job, and a stage of it; how many instances of a module it holds ready;
 * its answer.
 */
export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "began" }
  | { readonly kind: "stage"; readonly stage: ColdStage; readonly startMs: number }
  | { readonly kind: "pool"; readonly digest: Hex; readonly ready: number }
  /** With the stages of a cold start that were part of the job. */
  | { readonly kind: "reply"; readonly answer: JobAnswer; readonly stages?: readonly StageTime[] };

/** What a worker is told when it starts. */
export interface WorkerOptions {
  /** Instances that it holds ready per module. */
  readonly poolSize: number;
  readonly coldStageLimitMs: number;
}

/** What the node process asks of the sandbox process. */
export type ProcessRequest =
  | {
      readonly kind: "admit";
      readonly digest: Hex;
      readonly bytes: Uint8Array;
      readonly terms: ModuleTerms;
      /** Whether a process before this one has admitted it. */
      readonly again?: boolean;
    }
  | { readonly kind: "call"; readonly call: GuestCall };

export type ProcessAnswer = { readonly kind: "admitted" } | Refused | Faulted | CallDone;

export interface ProcessMessage {
  readonly id: number;
  readonly request: ProcessRequest;
}

export type ProcessReply =
  | { readonly kind: "ready" }
  | {
      readonly kind: "answer";
      readonly id: number;
      readonly answer: ProcessAnswer;
      readonly stages: readonly StageReport[];
    }
  /** Instances of a module that are ready, over all workers. Sent when that changes. */
  | { readonly kind: "pool"; readonly digest: Hex; readonly ready: number }
  /** The last words: a worker could not be ended while it ran this module, so the process ends itself. */
  | { readonly kind: "dying"; readonly culprit: Hex | undefined };

/** What the sandbox process is told on its command line, as JSON. */
export interface ProcessOptions extends WorkerOptions {
  readonly workers: number;
  readonly maxOutputBytes: number;
}
