import type { GuestFailureCode } from "../../../core/ports/sandbox.ts";

/** Ends a phase with a coded failure, from inside a host function or after the phase. */
export class GuestFault extends Error {
  readonly code: GuestFailureCode;

  constructor(code: GuestFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
