import { DatabaseSync } from "node:sqlite";

/** Two different messages of one kind that one member sent for one slot. */
export interface DoubleSignature {
  readonly member: number;
  readonly kind: string;
  /** Sixteen hexadecimal digits. */
  readonly sequence: string;
}

export interface NodeDatabase {
  readonly member: number;
  readonly file: string;
}

export interface MessageAudit {
  /** Distinct messages that were compared. */
  readonly messages: number;
  readonly doubles: readonly DoubleSignature[];
}

interface Row {
  sequence: string;
  sender: number;
  kind: string;
  bytes: Uint8Array;
}

const RECEIVED = "SELECT sequence, sender, kind, bytes FROM received";
const OWN = "SELECT sequence, ? AS sender, kind, bytes FROM binding";

/** Compares what all nodes received, and what each stored before sending: a member may bind itself once per kind and slot. */
export function findDoubleSignatures(databases: readonly NodeDatabase[]): MessageAudit {
  const versions = new Map<string, Set<string>>();
  for (const { sequence, sender, kind, bytes } of databases.flatMap(rowsOf)) {
    const slot = `${sender} ${kind} ${sequence}`;
    versions.set(slot, (versions.get(slot) ?? new Set()).add(Buffer.from(bytes).toString("base64")));
  }
  const doubles = [...versions].filter(([, bytes]) => bytes.size > 1).map(([slot]) => toDouble(slot));
  return { messages: [...versions.values()].reduce((sum, { size }) => sum + size, 0), doubles };
}

function rowsOf({ member, file }: NodeDatabase): Row[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return [...database.prepare(RECEIVED).all(), ...database.prepare(OWN).all(member)] as unknown as Row[];
  } finally {
    database.close();
  }
}

function toDouble(slot: string): DoubleSignature {
  const [member = "", kind = "", sequence = ""] = slot.split(" ");
  return { member: Number(member), kind, sequence };
}
