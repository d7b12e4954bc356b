import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import type { GuestResult } from "../../../../../core/ports/sandbox.ts";
import { admitModule, type AdmissionOptions } from "../../../../../node/sandbox/admission/admit.ts";
import { createProgram } from "../../../../../node/sandbox/guest/create-program.ts";
import { compileProgram, type Program, type ProgramTerms } from "../../../../../node/sandbox/guest/program.ts";
import type { PhaseRun } from "../../../../../node/sandbox/guest/session.ts";
import { ORDINARY_RUN } from "../../support/run-phase.ts";

/** Enough for each check of `command.c`; the sandbox's default. */
const FUEL = 50_000_000n;

export async function createComponent(
  bytes: Uint8Array,
  { admission, terms }: { readonly admission?: AdmissionOptions; readonly terms?: Partial<ProgramTerms> } = {},
): Promise<Program> {
  const { program } = await admitModule(bytes, admission);
  return createProgram(compileProgram(program), { folders: [], fileDescriptors: 16, ...terms });
}

/** Runs `observe` in a fresh instance; texts are UTF-8. */
export function observe(program: Program, input: string, run: Partial<PhaseRun> = {}): GuestResult {
  const bytes = new TextEncoder().encode(input);
  return program.instantiate().run({ ...ORDINARY_RUN, input: bytes, fuel: FUEL, ...run }).result;
}

export function textOf(result: GuestResult): string {
  return result.kind === "output" ? new TextDecoder().decode(result.output) : `${result.code}: ${result.message}`;
}

export interface FetcherText {
  /** In front of everything: types and imports. */
  readonly head?: string;
  /** More fields of the one core module. */
  readonly core?: string;
  /** More cores, instances and the like. */
  readonly more?: string;
  /** Instead of the two phases. */
  readonly exports?: string;
}

/** A fetcher component in text; its phases answer nothing. */
export function fetcherText({ head = "", core = "", more = "", exports }: FetcherText = {}): string {
  return `(component
    ${head}
    (core module $main
      (memory (export "memory") 1)
      (func (export "phase") (param i32 i32) (result i32) i32.const 0)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
      ${core})
    (core instance $main (instantiate $main))
    (alias core export $main "memory" (core memory $memory))
    (alias core export $main "phase" (core func $phase))
    (alias core export $main "cabi_realloc" (core func $realloc))
    ${more}
    (type $bytes (list u8))
    (type $phase (func (param "input" $bytes) (result $bytes)))
    (func $phase (type $phase) (canon lift (core func $phase) (memory $memory) (realloc $realloc)))
    ${exports ?? '(export "requests" (func $phase)) (export "observe" (func $phase))'})`;
}

export function assembleComponent(text: string): Promise<Uint8Array> {
  return parse(text);
}
