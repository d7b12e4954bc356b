import { CHANGE_NODES } from "./committee-change.ts";
import { circuitOf } from "./committee.ts";

export interface DevnetOptions {
  /** Stop after this many proven rounds (transmitted ones where nothing is proven); run until stopped if undefined. */
  readonly rounds: number | undefined;
  /** Print one JSON document instead of a view. */
  readonly json: boolean;
  /** Size of the committee, 3f+1. */
  readonly nodes: number;
  /** Prove what is transmitted, where there is a circuit for it. */
  readonly proofs: boolean;
  /** SIGKILL the leader in mid-round after it signed, and start it again on the same data. */
  readonly killLeader: boolean;
  /** One node multiplies every value by 1000. */
  readonly liar: boolean;
  /** One node signs two proposals or two reports per slot. */
  readonly equivocate: boolean;
  /** One exchange answers too late for a while. */
  readonly slowSource: boolean;
  /** One node is cut off, then the network is split in halves, then healed. */
  readonly partition: boolean;
  /** Three committees of four, seven and four nodes follow each other; the last one is revoked. */
  readonly changeCommittee: boolean;
  /** Of the replayed market. Equal seeds give equal answers per exchange, node, symbol and tick. */
  readonly seed: string;
}

/** Processes to start. */
export function processesOf({ nodes, changeCommittee }: DevnetOptions): number {
  return changeCommittee ? CHANGE_NODES : nodes;
}

/** Why nothing is proven in such a run; undefined if all is. */
export function whyUnproven({ nodes, proofs, changeCommittee }: DevnetOptions): string | undefined {
  if (!proofs) return "proofs were left out";
  if (changeCommittee) return "committees of different sizes have different circuits, and one of them is deployed";
  return circuitOf(nodes) === undefined ? `there is no circuit for a committee of ${nodes}` : undefined;
}
