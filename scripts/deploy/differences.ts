/** One field in which two values differ, as text for a person. */
export interface Difference {
  /** Such as `feeds[0].heartbeat`. */
  readonly field: string;
  readonly described: string;
  readonly deployed: string;
}

const ABSENT = "nothing";

/** The leaves in which two plain values differ, in the order of their fields. */
export function differencesOf(described: unknown, deployed: unknown, field = ""): Difference[] {
  if (!isTree(described) || !isTree(deployed)) {
    const [left, right] = [textOf(described), textOf(deployed)];
    return left === right ? [] : [{ field, described: left, deployed: right }];
  }
  const names = new Set([...Object.keys(described), ...Object.keys(deployed)]);
  const isList = Array.isArray(described) || Array.isArray(deployed);
  return [...names].flatMap((name) => {
    const inner = isList ? `${field}[${name}]` : field === "" ? name : `${field}.${name}`;
    return differencesOf(childOf(described, name), childOf(deployed, name), inner);
  });
}

/** One line for a person. */
export function formatDifference({ field, described, deployed }: Difference): string {
  return `${field}: described ${described}, deployed ${deployed}`;
}

function isTree(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function childOf(value: object, name: string): unknown {
  return (value as Readonly<Record<string, unknown>>)[name];
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ABSENT;
  if (typeof value === "bigint") return value.toString();
  return typeof value === "string"
    ? value
    : JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
}
