import type { SignalValues } from "../../../node/prover/witness-calculator.ts";
import type { Assignment, Forge, TemplateInstance } from "../../support/circom/soundness.ts";

/** A way to break one statement of a template, and nothing else of it. */
export interface Attack {
  /** Its text, without the semicolon. */
  readonly statement: string;
  /** What a verifier would be made to believe without it, or what the forger does. */
  readonly lie: string;
  /** Instead of the honest inputs. */
  readonly inputs?: SignalValues;
  readonly forge?: Forge;
  /** Why nobody is deceived although the statement is broken; absent where the template's promise is broken too. */
  readonly harmless?: string;
}

/** A template and all attacks on its own statements. */
export interface Target extends TemplateInstance {
  /** Takes seconds to compile. */
  readonly isLarge?: boolean;
  readonly honest: SignalValues;
  /** The template's promise about its inputs and outputs, as plain TypeScript tells it. */
  promise(read: Assignment["read"]): boolean;
  readonly attacks: readonly Attack[];
}

/** The only element of a signal. */
export function single(read: Assignment["read"], signal: string): bigint {
  const [value, ...more] = read(signal);
  if (value === undefined || more.length > 0) throw new Error(`${signal} is not a single signal`);
  return value;
}

/** What goes in wrong, and by how much a statement puts each element right on the way to the component that checks it. */
export interface Mended extends Pick<Attack, "inputs" | "harmless"> {
  readonly by: Readonly<Record<number, bigint>>;
}

/** A statement that hands on something else than it says. */
export function mended(statement: string, lie: string, { by, ...attack }: Mended): Attack {
  return { statement, lie, ...attack, forge: { [statement]: by } };
}
