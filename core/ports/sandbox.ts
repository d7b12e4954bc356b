import type { Hex } from "../types/hex.ts";

/** The two pure phases of a `fetcher/1` module. */
export type Phase = "requests" | "observe";

/** What may be said of a module's run without trusting the module. */
export type GuestFailureCode =
  | "fuel-exhausted"
  | "depth-exceeded"
  | "memory-exceeded"
  | "trap"
  | "timeout"
  | "output-invalid"
  | "output-too-large"
  | "input-too-large"
  | "busy"
  | "unknown-module"
  | "host-fault";

export type GuestResult =
  | { readonly kind: "output"; readonly output: Uint8Array; readonly fuel: bigint }
  | { readonly kind: "failed"; readonly code: GuestFailureCode; readonly message: string; readonly fuel: bigint };

/** Limits of one module, from its manifest, each capped by the sandbox's own maximum. */
export interface ModuleLimits {
  readonly memoryPages: number;
  readonly fuelPerPhase: bigint;
  /** Milliseconds of wall clock per phase: the second line of defence, after fuel. */
  readonly timeoutMs: number;
}

export interface GuestCall {
  /** sha256 of the original module. */
  readonly module: Hex;
  readonly phase: Phase;
  readonly input: Uint8Array;
}

/** Runs admitted modules. Effectful; equal calls give equal outputs and equal fuel on every machine. */
export interface Sandbox {
  /** Decodes, checks, instruments and warms a module. Throws QuorateError with the rule that it breaks. Idempotent. */
  admit(module: Uint8Array, limits: ModuleLimits): Promise<Hex>;
  call(call: GuestCall): Promise<GuestResult>;
  stop(): Promise<void>;
}
