import { readFile } from "node:fs/promises";
import path from "node:path";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import type { SignalValues } from "../../../node/prover/witness-calculator.ts";
import { TEMPLATES } from "../../../scripts/circuits/paths.ts";
import type { R1cs, Term } from "../../../scripts/circuits/setup/r1cs-file.ts";
import { verbatimCircuit, verbatimConstraints } from "../circuits.ts";
import { witnessElements } from "../../../node/prover/witness-calculator.ts";
import type { VerbatimCircuit } from "../circuits.ts";
import { forgeInputs, forgerSource } from "./forger.ts";
import { constrains, rewrite, statementsOf } from "./statements.ts";
import type { Statement } from "./statements.ts";

/** What a statement's assignments get beyond their honest values: amounts by statement, then by the element's number. */
export type Forge = Readonly<Record<string, Readonly<Record<number, bigint>>>>;

/** A template as a circuit of its own. */
export interface TemplateInstance {
  /** Such as `PivotMedian(3, 8)`. */
  readonly call: string;
  readonly publicInputs?: readonly string[];
}

/** A value for each signal of a circuit, whether it satisfies the circuit or not. */
export interface Assignment {
  /** By wire. */
  readonly elements: readonly bigint[];
  /** Of `main`: a signal or, in row order, the elements of an array. Throws for one that is not there. */
  readonly read: (signal: string) => bigint[];
}

/** A template under attack: its constraints, its statements, and a prover that assigns what it likes. */
export interface Specimen {
  /** Those that state constraints. */
  readonly statements: readonly Statement[];
  /** Runs the template with lies added; does not look at its constraints. Throws where those of a component do not hold. */
  assign(inputs: SignalValues, forge?: Forge): Assignment;
  /** How many constraints an assignment breaks. */
  broken(assignment: Assignment): number;
  /** How many it breaks of the template without this statement. Compiles that, half a second for a small one. */
  brokenWithout(statement: Statement, assignment: Assignment): Promise<number>;
}

export async function specimenOf(instance: TemplateInstance): Promise<Specimen> {
  const name = instance.call.slice(0, instance.call.indexOf("("));
  const source = await readFile(path.join(TEMPLATES, `${name}.circom`), "utf8");
  const statements = statementsOf(source);
  const original = await compile(instance, source);
  const forger = await compile(
    instance,
    forgerSource(source, statements, (statement) => dimensionsOf(original, statement)),
  );
  return {
    statements: statements.filter(constrains),
    assign(inputs, forge = {}) {
      const file = forger.calculator.calculate({ ...inputs, ...forgeInputs(statements, forge) });
      return assignmentOf(original, forger, witnessElements(file));
    },
    broken: ({ elements }) => countBroken(original.r1cs, elements),
    async brokenWithout(statement, { elements }) {
      const without = (other: Statement) => (other === statement ? removed(other) : source.slice(other.from, other.to));
      const rest = rewrite(source, statements, without);
      return countBroken(await verbatimConstraints(instance.call, mainOf(instance, rest)), elements);
    },
  };
}

/** What is assigned stays assigned, without a constraint. */
function removed({ operator, left, right }: Statement): string {
  return operator === "<==" ? `${left} <-- ${right};` : "";
}

function compile(instance: TemplateInstance, source: string): Promise<VerbatimCircuit> {
  return verbatimCircuit(instance.call, mainOf(instance, source));
}

function mainOf({ call, publicInputs = [] }: TemplateInstance, source: string): string {
  const visible = publicInputs.length === 0 ? "" : ` {public [${publicInputs.join(", ")}]}`;
  return `${source}\ncomponent main${visible} = ${call};\n`;
}

/** Lengths of the array that a statement assigns, from the names of its elements: `step[i].in` is `main.step[0].in[0]` and so on. */
function dimensionsOf({ wires }: VerbatimCircuit, { left, text }: Statement): number[] {
  const parts = left.split(/\[[^\]]*\]/).map((part) => part.replaceAll(".", "\\."));
  const name = new RegExp(`^main\\.${parts.join("\\[\\d+\\]")}((?:\\[\\d+\\])*)$`);
  const indices = [...wires.keys()].flatMap((wire) => {
    const rest = name.exec(wire)?.[1];
    return rest === undefined ? [] : [(rest.match(/\d+/g) ?? []).map(Number)];
  });
  const [first] = indices;
  if (first === undefined) throw new Error(`no signal of the circuit is assigned by ${text}`);
  return first.map((_, depth) => 1 + Math.max(...indices.map((at) => at[depth] ?? 0)));
}

/** The forger's signals have the same names, among others. */
function assignmentOf(original: VerbatimCircuit, forger: VerbatimCircuit, computed: readonly bigint[]): Assignment {
  const elements = new Array<bigint>(original.r1cs.wires).fill(0n);
  elements[0] = 1n;
  for (const [name, wire] of original.wires) {
    const value = computed[forger.wires.get(name) ?? -1];
    if (value === undefined) throw new Error(`the forger has no signal ${name}`);
    elements[wire] = value;
  }
  return {
    elements,
    read(signal) {
      const names = [...original.wires].filter(
        ([name]) => name === `main.${signal}` || name.startsWith(`main.${signal}[`),
      );
      if (names.length === 0) throw new Error(`no signal main.${signal}`);
      return names.map(([, wire]) => elements[wire] ?? 0n);
    },
  };
}

function countBroken({ constraints }: R1cs, elements: readonly bigint[]): number {
  const sum = (terms: readonly Term[]) =>
    terms.reduce((total, { wire, coefficient }) => (total + coefficient * (elements[wire] ?? 0n)) % FIELD_MODULUS, 0n);
  return constraints.filter(({ a, b, c }) => (sum(a) * sum(b)) % FIELD_MODULUS !== sum(c)).length;
}
