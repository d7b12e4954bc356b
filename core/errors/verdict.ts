/**
 * What becomes of a peer's input. Bad input is a value, never an exception:
 * `ignore` drops it without blame (late, duplicate, not for us), `reject` drops it and blames the sender.
 */
export type Verdict<Code extends string = string> =
  | { readonly kind: "accept" }
  | { readonly kind: "ignore"; readonly code: Code }
  | { readonly kind: "reject"; readonly code: Code };

export function ignore<Code extends string>(code: Code): Verdict<Code> {
  return { kind: "ignore", code };
}

export function reject<Code extends string>(code: Code): Verdict<Code> {
  return { kind: "reject", code };
}
