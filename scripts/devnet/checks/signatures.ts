import path from "node:path";
import { findDoubleSignatures } from "../audit/double-signatures.ts";
import { readFinalDigests, findForks } from "../audit/final-digests.ts";
import { readStatements, type SignedStatement, statementsOnChain } from "../audit/statements.ts";
import type { RoundRecord } from "../ledger.ts";
import type { DevNetwork } from "../network.ts";
import { type Check, check } from "./check.ts";

/**
 * Compares all that any node and the chain know of what each member signed. A member that was told to equivocate is left
 * to its own check, which must see what it did.
 */
export function nobodySignedTwice(
  network: DevNetwork,
  records: readonly RoundRecord[],
  equivocator: number | undefined,
): Check {
  const { statements, corroborated, doubles } = findDoubleSignatures(statementsOf(network, records));
  const problems = doubles
    .filter(({ member }) => member !== equivocator)
    .map(({ member, kind, sequence }) => `member ${member} signed two ${kind}s for slot ${sequence}`);
  return check(
    "nobody signed twice",
    corroborated === 0 ? ["no statement was compared"] : problems,
    `${statements} signed statements, ${corroborated} of them known to two sources or more`,
  );
}

export function statementsOf(
  { nodes, committees }: Pick<DevNetwork, "nodes" | "committees">,
  records: readonly RoundRecord[],
): SignedStatement[] {
  const stored = committees.flatMap(({ digest, configuration, nodes: members }) => {
    const { f, lanes } = configuration;
    const committee = { digest, n: members.length, f, lanes };
    return nodes.flatMap((node) => {
      const member = members.indexOf(node);
      return readStatements({
        ...{ source: node.name, file: databaseOf(node), committee },
        member: member < 0 ? undefined : member,
      });
    });
  });
  return [
    ...stored,
    ...records.flatMap(({ transmission }) => statementsOnChain(transmission.report, transmission.signers)),
  ];
}

/** Over all nodes' stores and the chain. */
export function oneFinalPerSlot({ nodes, committees }: DevNetwork, records: readonly RoundRecord[]): Check {
  const stored = nodes.flatMap((node) =>
    committees.flatMap(({ digest }) => readFinalDigests(databaseOf(node), digest)),
  );
  const onChain = records.map(({ transmission: { sequence, digest } }) => ({ sequence, digest }));
  const { slots, forks } = findForks([...stored, ...onChain]);
  const problems = forks.map((sequence) => `slot ${sequence} became final twice`);
  return check("no slot became final twice", slots === 0 ? ["no final was compared"] : problems, `${slots} slots`);
}

function databaseOf({ directory }: { readonly directory: string }): string {
  return path.join(directory, "data", "quorate.db");
}
