import type { Hex } from "../../../core/types/hex.ts";
import type { GuestResult, ModuleLimits, Phase } from "../../../core/ports/sandbox.ts";
import type { AdmissionOptions } from "../admission/admit.ts";
import type { ModuleRefused } from "../admission/refusal.ts";
import type { CompiledModule } from "../wasm/web-assembly.ts";

/** Work for a worker thread, one job at a time. */
export type Job =
  | { readonly kind: "admit"; readonly bytes: Uint8Array; readonly options: AdmissionOptions }
  | {
      readonly kind: "call";
      readonly digest: Hex;
      readonly phase: Phase;
      /** Alone in its buffer, which the job takes along. */
      readonly input: Uint8Array<ArrayBuffer>;
      readonly fuel: bigint;
      readonly maxOutputBytes: number;
    };

/** Sent to every worker, and to each new one. */
export interface LoadModule {
  readonly kind: "load";
  readonly digest: Hex;
  readonly module: CompiledModule;
}

export type WorkerMessage = Job | LoadModule;

export interface CallDone {
  readonly kind: "done";
  readonly result: GuestResult;
  /** Seconds that making the instance of this call took, in advance or not. */
  readonly instantiateSeconds: number | undefined;
}

export interface Refused {
  readonly kind: "refused";
  readonly data: ModuleRefused;
  readonly message: string;
}

export type WorkerReply =
  { readonly kind: "ready" } | { readonly kind: "compiled"; readonly module: CompiledModule } | Refused | CallDone;

/** What the node process asks of the sandbox process. */
export type ProcessRequest =
  | {
      readonly kind: "admit";
      readonly digest: Hex;
      readonly bytes: Uint8Array;
      readonly limits: ModuleLimits;
      readonly maxModuleBytes: number;
    }
  | { readonly kind: "call"; readonly digest: Hex; readonly phase: Phase; readonly input: Uint8Array };

export type ProcessAnswer = { readonly kind: "admitted" } | Refused | CallDone;

export interface ProcessMessage {
  readonly id: number;
  readonly request: ProcessRequest;
}

export type ProcessReply =
  { readonly kind: "ready" } | { readonly kind: "answer"; readonly id: number; readonly answer: ProcessAnswer };

/** What the sandbox process is told on its command line, as JSON. */
export interface ProcessOptions {
  readonly workers: number;
  readonly maxOutputBytes: number;
}
