import type { Hex } from "../../core/types/hex.ts";
import type { Job } from "./snarkjs/messages.ts";

/** Why a step of a ceremony was refused, or why a finished one does not hold. */
export type CeremonyErrorData =
  | { readonly code: "already-begun"; readonly folder: string }
  | { readonly code: "already-accepted"; readonly index: number }
  | { readonly code: "ceremony-ended" }
  | { readonly code: "ceremony-unfinished"; readonly missing: "contribution" | "beacon" }
  | { readonly code: "text-missing" }
  | { readonly code: "transcript-missing"; readonly file: string }
  | { readonly code: "transcript-malformed"; readonly file: string; readonly problems: readonly string[] }
  | { readonly code: "transcript-broken"; readonly index: number; readonly expected: Hex; readonly found: Hex }
  | { readonly code: "transcript-differs"; readonly index: number; readonly field: string }
  | { readonly code: "file-missing"; readonly file: string }
  | { readonly code: "file-exists"; readonly file: string }
  | { readonly code: "file-altered"; readonly file: string; readonly expected: Hex; readonly found: Hex }
  | { readonly code: "file-malformed"; readonly file: string; readonly problem: string }
  | { readonly code: "powers-unknown"; readonly blake2b: Hex }
  | { readonly code: "powers-differ"; readonly expected: Hex; readonly found: Hex }
  | { readonly code: "powers-unprepared"; readonly file: string }
  | { readonly code: "powers-uncontributed"; readonly file: string }
  | { readonly code: "powers-too-small"; readonly power: number; readonly needed: number }
  | { readonly code: "powers-invalid"; readonly reason: string }
  | { readonly code: "circuit-differs"; readonly circuit: string; readonly expected: Hex; readonly found: Hex }
  | { readonly code: "initial-differs"; readonly expected: Hex; readonly found: Hex }
  | { readonly code: "development-key"; readonly file: string }
  | { readonly code: "not-descended"; readonly file: string; readonly contributions: number }
  | { readonly code: "beacon-misplaced"; readonly file: string; readonly index: number }
  | { readonly code: "point-invalid"; readonly file: string; readonly point: string }
  | { readonly code: "key-invalid"; readonly file: string; readonly reason: string }
  | { readonly code: "snarkjs-failed"; readonly job: Job["kind"]; readonly reason: string };
