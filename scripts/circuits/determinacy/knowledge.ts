import { formOf, keyOf, plus } from "./linear-form.ts";
import type { LinearForm } from "./linear-form.ts";
import { holdsZero, rangeOfForm } from "./ranges.ts";
import type { Range } from "./ranges.ts";
import type { Term } from "../setup/r1cs-file.ts";

/** The assumptions that a fact rests on, by number: none where it follows from the constraints alone. */
export type Grounds = ReadonlySet<number>;
export const PROVEN: Grounds = new Set();

/** The wire is 0 unless the form is 0 whose key, up to its constant, this is, and whose zero is `root`. */
export interface Gate {
  readonly form: string;
  readonly root: bigint;
}

export interface KnowledgeOptions {
  readonly modulus: bigint;
  /** How many there are. */
  readonly wires: number;
  /** Told of every wire about which something became known. */
  readonly onLearn: (wire: number) => void;
}

/**
 * What is known of all assignments that satisfy a system. *Known* wires are equal in any two of them that agree on what is
 * given; every other fact holds in each of them. Methods that take facts return whether these were new.
 */
export class Knowledge {
  readonly modulus: bigint;
  /** Assumptions that something which became known rests on. */
  readonly used = new Set<number>();
  readonly #onLearn: KnowledgeOptions["onLearn"];
  readonly #known: Uint8Array;
  readonly #constants = new Map<number, bigint>();
  readonly #ranges = new Map<number, Range>();
  readonly #gates = new Map<number, Gate>();
  /** By the form's first wire, then by its key. */
  readonly #nonzero = new Map<number, Map<string, Grounds>>();

  constructor({ modulus, wires, onLearn }: KnowledgeOptions) {
    this.modulus = modulus;
    this.#onLearn = onLearn;
    this.#known = new Uint8Array(wires);
    this.#known[0] = 1;
  }

  isKnown(wire: number): boolean {
    return this.#known[wire] === 1;
  }

  learn(wire: number, grounds: Grounds): boolean {
    if (this.isKnown(wire)) return false;
    this.#known[wire] = 1;
    this.#use(grounds);
    this.#onLearn(wire);
    return true;
  }

  /** The wire has the same value in every assignment. */
  fix(wire: number, value: bigint, grounds: Grounds): boolean {
    if (this.#constants.has(wire)) return false;
    this.#constants.set(wire, value);
    this.#known[wire] = 1;
    this.#use(grounds);
    this.#onLearn(wire);
    return true;
  }

  rangeOf(wire: number): Range | undefined {
    return this.#ranges.get(wire);
  }

  bound(wire: number, range: Range): boolean {
    const present = this.#ranges.get(wire);
    if (present !== undefined && present.count <= range.count) return false;
    this.#ranges.set(wire, range);
    this.#onLearn(wire);
    return true;
  }

  gateOf(wire: number): Gate | undefined {
    return this.#gates.get(wire);
  }

  gate(wire: number, gate: Gate): boolean {
    if (this.#gates.has(wire)) return false;
    this.#gates.set(wire, gate);
    this.#onLearn(wire);
    return true;
  }

  /** The form with its constant wires as numbers. */
  reduce(form: LinearForm): LinearForm {
    const constants = form.terms.filter(({ wire }) => this.#constants.has(wire));
    if (constants.length === 0) return form;
    const values = constants.flatMap(({ wire, coefficient }) => [
      { wire, coefficient: -coefficient },
      { wire: 0, coefficient: coefficient * (this.#constants.get(wire) ?? 0n) },
    ]);
    return plus(this.modulus, form, [1n, formOf(this.modulus, values)]);
  }

  unknownOf({ terms }: LinearForm): Term[] {
    return terms.filter(({ wire }) => !this.isKnown(wire));
  }

  /** What it rests on that a form is nowhere 0; undefined where nothing says so. @param form reduced. */
  nonzero(form: LinearForm): Grounds | undefined {
    const [first] = form.terms;
    if (first === undefined) return form.constant === 0n ? undefined : PROVEN;
    const range = rangeOfForm(this.modulus, form, (wire) => this.#ranges.get(wire));
    if (range !== undefined && !holdsZero(this.modulus, range)) return PROVEN;
    return this.#nonzero.get(first.wire)?.get(keyOf(this.modulus, form));
  }

  /** @param form reduced. */
  exclude(form: LinearForm, grounds: Grounds): boolean {
    const [first] = form.terms;
    if (first === undefined || this.nonzero(form) !== undefined) return false;
    const forms = this.#nonzero.get(first.wire) ?? new Map<string, Grounds>();
    forms.set(keyOf(this.modulus, form), grounds);
    this.#nonzero.set(first.wire, forms);
    this.#onLearn(first.wire);
    return true;
  }

  #use(grounds: Grounds): void {
    for (const ground of grounds) this.used.add(ground);
  }
}
