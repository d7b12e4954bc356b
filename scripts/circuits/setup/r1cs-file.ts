import { FIELD_MODULUS } from "../../../core/crypto/field.ts";

/** One term of a linear combination. */
export interface Term {
  readonly wire: number;
  readonly coefficient: bigint;
}

/** ⟨a, w⟩ · ⟨b, w⟩ = ⟨c, w⟩. */
export interface Constraint {
  readonly a: readonly Term[];
  readonly b: readonly Term[];
  readonly c: readonly Term[];
}

export interface R1cs {
  readonly wires: number;
  /** Public outputs and inputs: wires 1…publicSignals; wire 0 is the constant 1. */
  readonly publicSignals: number;
  /** How many of these are outputs: they come first. */
  readonly outputs: number;
  /** Inputs, public and private: the wires after the outputs. */
  readonly inputs: number;
  readonly constraints: readonly Constraint[];
}

const FIELD_BYTES = 32;

/** Reads circom's binary constraint file, version 1, over BN254's scalar field. Throws on anything else. */
export function readR1cs(file: Uint8Array): R1cs {
  const sections = readSections(file);
  const header = new Cursor(sections.get(1));
  if (header.u32() !== FIELD_BYTES || header.field() !== FIELD_MODULUS) throw new Error("r1cs: not over BN254");
  const wires = header.u32();
  const outputs = header.u32();
  const publicInputs = header.u32();
  const inputs = publicInputs + header.u32();
  header.skip(8); // labels
  const count = header.u32();
  const body = new Cursor(sections.get(2));
  const constraints: Constraint[] = [];
  for (let i = 0; i < count; i++) constraints.push({ a: body.terms(), b: body.terms(), c: body.terms() });
  return { wires, publicSignals: outputs + publicInputs, outputs, inputs, constraints };
}

function readSections(file: Uint8Array): Map<number, DataView> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (new TextDecoder().decode(file.subarray(0, 4)) !== "r1cs") throw new Error("r1cs: wrong magic bytes");
  const sections = new Map<number, DataView>();
  let at = 12;
  for (let left = view.getUint32(8, true); left > 0; left--) {
    const size = Number(view.getBigUint64(at + 4, true));
    sections.set(view.getUint32(at, true), new DataView(file.buffer, file.byteOffset + at + 12, size));
    at += 12 + size;
  }
  return sections;
}

class Cursor {
  readonly #view: DataView;
  #at = 0;

  constructor(view: DataView | undefined) {
    if (view === undefined) throw new Error("r1cs: a section is missing");
    this.#view = view;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  u32(): number {
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  field(): bigint {
    let value = 0n;
    for (let i = FIELD_BYTES - 8; i >= 0; i -= 8) value = (value << 64n) | this.#view.getBigUint64(this.#at + i, true);
    this.#at += FIELD_BYTES;
    return value;
  }

  terms(): Term[] {
    const terms: Term[] = [];
    for (let left = this.u32(); left > 0; left--) terms.push({ wire: this.u32(), coefficient: this.field() });
    return terms;
  }
}
