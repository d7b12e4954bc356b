/** A number as it is written in the document: `JSON.parse` alone would lose digits. */
class RawNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type JsonSelection =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent"; readonly what: "value" }
  | { readonly kind: "no-scalar" }
  | { readonly kind: "malformed" };

/**
 * The scalar that an RFC 6901 pointer names: a string's text, a number with exactly the digits of the document,
 * `true` or `false`. `null` counts as absent.
 */
export function selectJson(document: string, pointer: string): JsonSelection {
  const tokens = parsePointer(pointer);
  if (tokens === undefined) return { kind: "malformed" };
  let value: unknown;
  try {
    value = JSON.parse(document, keepDigits as (key: string, value: unknown) => unknown);
  } catch {
    // Broken syntax, or nesting deeper than the stack.
    return { kind: "malformed" };
  }
  for (const token of tokens) value = child(value, token);
  return scalar(value);
}

/** A reviver; the third argument (source text access, ES2025) is not in TypeScript's library yet. */
function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === "number" && context.source !== undefined ? new RawNumber(context.source) : value;
}

/** Reference tokens, `~1` and `~0` decoded; `undefined` when the pointer is malformed. */
function parsePointer(pointer: string): string[] | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function child(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(token) ? (value as unknown[])[Number(token)] : undefined;
  if (typeof value !== "object" || value === null || value instanceof RawNumber) return undefined;
  return Object.hasOwn(value, token) ? (value as Record<string, unknown>)[token] : undefined;
}

function scalar(value: unknown): JsonSelection {
  if (value instanceof RawNumber) return { kind: "text", text: value.text };
  if (typeof value === "string" || typeof value === "boolean") return { kind: "text", text: String(value) };
  return value === undefined || value === null ? { kind: "absent", what: "value" } : { kind: "no-scalar" };
}
