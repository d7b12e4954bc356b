import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { rewrite } from "./statements.ts";
import type { Statement } from "./statements.ts";

/** What one statement assigns at most, each element counted: the longest of our loops. */
const MAX_ASSIGNMENTS = 512;

/** How many elements the left side of a statement has, by dimension; none for a single signal. */
export type Dimensions = (statement: Statement) => readonly number[];

/**
 * A template that states nothing and computes everything, and adds a number of the forger's choice to whatever it assigns:
 * with all of them 0 it is the prover's program, with others a lying one. The numbers are inputs named by `forgeInput`,
 * one for each element that a statement assigns, in the order in which it does.
 */
export function forgerSource(source: string, statements: readonly Statement[], dimensions: Dimensions): string {
  const assigning = statements.filter(({ operator }) => operator !== "===");
  const declared = assigning
    .map((_, i) => `signal input ${forgeInput(i)}[${MAX_ASSIGNMENTS}]; var at${i} = 0; `)
    .join("");
  const free = rewrite(source, statements, (statement) => {
    if (statement.operator === "===") return "";
    const i = assigning.indexOf(statement);
    const indices = dimensions(statement).map((_, depth) => `d${depth}`);
    const at = indices.map((index) => `[${index}]`).join("");
    // An array can only be given by its name, and names need no parentheses.
    const value = at === "" ? `(${statement.right})` : `${statement.right}${at}`;
    return dimensions(statement).reduceRight(
      (inner, length, depth) => `for (var d${depth} = 0; d${depth} < ${length}; d${depth}++) { ${inner} }`,
      `${statement.left}${at} <-- ${value} + ${forgeInput(i)}[at${i}]; at${i} += 1;`,
    );
  });
  const body = free.indexOf("{", free.indexOf("template ")) + 1;
  return `${free.slice(0, body)} ${declared}${free.slice(body)}`;
}

/** The inputs of a forger: what each of the assigning statements adds, by the statement's position among these. */
export function forgeInputs(
  statements: readonly Statement[],
  forge: Readonly<Record<string, Readonly<Record<number, bigint>>>>,
): Record<string, bigint[]> {
  const assigning = statements.filter(({ operator }) => operator !== "===");
  for (const text of Object.keys(forge)) {
    if (!assigning.some((statement) => statement.text === text)) throw new Error(`assigns nothing: ${text}`);
  }
  return Object.fromEntries(
    assigning.map(({ text }, i) => {
      const added = new Array<bigint>(MAX_ASSIGNMENTS).fill(0n);
      for (const [at, amount] of Object.entries(forge[text] ?? {})) added[Number(at)] = modulo(amount);
      return [forgeInput(i), added];
    }),
  );
}

function modulo(amount: bigint): bigint {
  return ((amount % FIELD_MODULUS) + FIELD_MODULUS) % FIELD_MODULUS;
}

function forgeInput(i: number): string {
  return `forge${i}`;
}
