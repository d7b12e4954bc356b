import type { SignedStatement } from "./statements.ts";

/** Two different statements of one kind that one member signed for one slot. */
export interface DoubleSignature {
  readonly member: number;
  readonly kind: SignedStatement["kind"];
  readonly sequence: bigint;
}

export interface StatementAudit {
  /** Different statements that were compared. */
  readonly statements: number;
  /** Of these, how many two nodes or more vouched for. */
  readonly corroborated: number;
  readonly doubles: readonly DoubleSignature[];
}

/** A member may say one thing per kind and slot. */
export function findDoubleSignatures(statements: Iterable<SignedStatement>): StatementAudit {
  const slots = new Map<string, { readonly said: Map<string, Set<string>>; readonly double: DoubleSignature }>();
  for (const { configDigest, member, kind, sequence, content, source } of statements) {
    const key = `${configDigest} ${member} ${kind} ${sequence}`;
    const slot = slots.get(key) ?? { said: new Map<string, Set<string>>(), double: { member, kind, sequence } };
    slot.said.set(content, (slot.said.get(content) ?? new Set()).add(source));
    slots.set(key, slot);
  }
  const contents = [...slots.values()].flatMap(({ said }) => [...said.values()]);
  return {
    statements: contents.length,
    corroborated: contents.filter((sources) => sources.size > 1).length,
    doubles: [...slots.values()].filter(({ said }) => said.size > 1).map(({ double }) => double),
  };
}
