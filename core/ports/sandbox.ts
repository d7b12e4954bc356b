import type { Hex } from "../types/hex.ts";
import type { StorageEntry, StorageSnapshot } from "./module-storage.ts";

/** The two phases of a `fetcher/1` module. */
export type Phase = "requests" | "observe";

/** Functions besides WASI that a module may be given. Its manifest asks for each. */
export const HOST_CAPABILITIES = ["log", "metrics", "storage"] as const;
export type HostCapability = (typeof HOST_CAPABILITIES)[number];

/** What may be said of a module's run without trusting the module. */
export type GuestFailureCode =
  | "fuel-exhausted"
  | "depth-exceeded"
  | "memory-exceeded"
  | "trap"
  | "exit"
  | "timeout"
  | "output-invalid"
  | "output-too-large"
  | "input-too-large"
  | "busy"
  | "quarantined"
  | "unknown-module"
  | "host-fault";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type GuestLogLevel = (typeof LOG_LEVELS)[number];

export interface GuestLogLine {
  readonly level: GuestLogLevel;
  /** One line, printable. */
  readonly text: string;
}

export interface GuestMetric {
  readonly kind: "counter" | "gauge";
  /** `[a-z][a-z0-9_]{0,47}`; exported as `wasm_custom_<name>`. */
  readonly name: string;
  /** Value of the metric's one free label, `` for none. */
  readonly label: string;
  readonly value: number;
}

/** What a phase did besides answering, in the order in which it did it. All of it is bounded. */
export interface GuestEffects {
  readonly logs: readonly GuestLogLine[];
  readonly logsDropped: number;
  readonly metrics: readonly GuestMetric[];
  readonly metricsDropped: number;
  /** The first read of each key: part of the inputs, without which the phase cannot be run again. */
  readonly reads: readonly StorageEntry[];
  /** The last write of each key. Empty unless the phase succeeded. */
  readonly writes: readonly StorageEntry[];
}

export type GuestResult =
  | {
      readonly kind: "output";
      readonly output: Uint8Array;
      readonly fuel: bigint;
      /** Absent where the phase used no host function. */
      readonly effects?: GuestEffects;
    }
  | {
      readonly kind: "failed";
      readonly code: GuestFailureCode;
      readonly message: string;
      readonly fuel: bigint;
      readonly effects?: GuestEffects;
    };

/** Limits of one module, from its manifest, each capped by the sandbox's own maximum. */
export interface ModuleLimits {
  /** Bytes of the original. */
  readonly moduleBytes: number;
  readonly memoryPages: number;
  readonly tableEntries: number;
  readonly fuelPerPhase: bigint;
  /** Milliseconds of wall clock per phase: the second line of defence, after fuel. */
  readonly timeoutMs: number;
  /** Open at once, stdin, stdout and stderr among them. */
  readonly fileDescriptors: number;
}

/** A read-only folder that a WASI module finds opened. */
export interface PreopenedFolder {
  /** Absolute, as the guest sees it. */
  readonly path: string;
  /** Paths relative to the folder, `/` between their parts. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

/** What a manifest says about running its module. */
export interface ModuleTerms {
  /** Label of metrics and logs. */
  readonly name: string;
  readonly limits: ModuleLimits;
  readonly host: readonly HostCapability[];
  /** NaNs are made canonical, or every instruction on floats is refused. */
  readonly floats: "canonical" | "refused";
  readonly folders: readonly PreopenedFolder[];
}

export interface GuestCall {
  /** sha256 of the original module. */
  readonly module: Hex;
  readonly phase: Phase;
  readonly input: Uint8Array;
  readonly feed: string;
  /** Unix seconds, fixed per round: the guest's clock, and with the feed and the module the seed of its randomness. */
  readonly time: number;
  /** What the module finds in its storage; absent where its manifest does not ask for storage. */
  readonly storage?: StorageSnapshot;
  /** 32 hexadecimal digits of the round's trace. */
  readonly traceId?: string;
}

/** Runs admitted modules. Effectful; equal calls give equal outputs and equal fuel on every machine. */
export interface Sandbox {
  /** Decodes, checks, instruments and warms a module. Throws QuorateError with the rule that it breaks. Idempotent. */
  admit(module: Uint8Array, terms: ModuleTerms): Promise<Hex>;
  call(call: GuestCall): Promise<GuestResult>;
  stop(): Promise<void>;
}
