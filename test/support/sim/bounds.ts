import { MAX_WANTED } from "../../../core/consensus/catch-up.ts";
import { MAX_SLOTS_PER_MEMBER } from "../../../core/consensus/follower.ts";
import type { OracleState } from "../../../core/consensus/oracle-state.ts";
import { MAX_WITNESSED_SLOTS } from "../../../core/consensus/witness.ts";
import { Violation } from "./violation.ts";

/** Entries of a collection, and of each collection in it. */
type Bound = (n: number) => readonly [outer: number, inner: number];

/** Every collection of a node's state, by role and name. One that has no bound here is refused. */
const BOUNDS: Readonly<Record<string, Bound>> = {
  "pacemaker.wishes": (n) => [n, 0],
  "pacemaker.told": (n) => [n, 0],
  "leader.observations": (n) => [n, 0],
  "follower.proposals": () => [MAX_SLOTS_PER_MEMBER, 0],
  "follower.prepares": (n) => [n, MAX_SLOTS_PER_MEMBER],
  "finalisation.signatures": (n) => [n, MAX_SLOTS_PER_MEMBER],
  "catchUp.wanted": () => [MAX_WANTED, 0],
  "catchUp.servedAt": (n) => [n, 0],
  "early.byMember": (n) => [n, 0],
  // Three kinds of statement.
  "witness.remembered": (n) => [n, 3 * MAX_WITNESSED_SLOTS],
};

/** Looks at the roles whose state changed since the last time. Throws a Violation where a collection has outgrown its bound. */
export function checkBounds(n: number, before: OracleState | undefined, state: OracleState): void {
  for (const role of Object.keys(state) as (keyof OracleState)[]) {
    if (before?.[role] === state[role]) continue;
    for (const [name, value] of Object.entries(state[role])) checkCollection(`${role}.${name}`, value, n);
  }
}

function checkCollection(name: string, value: unknown, n: number): void {
  const size = sizeOf(value);
  if (size === undefined) return;
  const bound = BOUNDS[name];
  if (bound === undefined) throw new Violation("bounded state", `${name} names no bound`);
  const [outer, inner] = bound(n);
  if (size > outer) throw new Violation("bounded state", `${name} holds ${size}, more than ${outer}`);
  for (const entry of Array.isArray(value) ? (value as unknown[]) : []) {
    const count = sizeOf(entry) ?? 0;
    if (count > inner) throw new Violation("bounded state", `${name} holds ${count} in one entry, more than ${inner}`);
  }
}

function sizeOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : undefined;
}
