import type { Term } from "../setup/r1cs-file.ts";
import type { NamedCircuit } from "./named-circuit.ts";
import { parseForm } from "./named-form.ts";
import type { Claim } from "./reasons.ts";

type Wires = NamedCircuit["wires"];

/** The wires of all signals that a claim's text names. */
export function signalsOf(wires: Wires, { at, text }: Pick<Claim, "at" | "text">): number[] {
  const pattern = patternOf(`${at}.${text}`);
  return [...wires].filter(([name]) => pattern.test(name)).map(([, wire]) => wire);
}

/** The linear forms that a claim's text stands for: one for each choice of its indices. */
export function formsOf(wires: Wires, { at, text }: Pick<Claim, "at" | "text">): Term[][] {
  const terms = parseForm(text).map(({ name, coefficient }) => ({ name: name && `${at}.${name}`, coefficient }));
  const first = terms.find(({ name }) => name !== "")?.name ?? "";
  const pattern = patternOf(first);
  const choices = [...wires.keys()].flatMap((name) => {
    const indices = pattern.exec(name);
    return indices === null ? [] : [indices.slice(1)];
  });
  return choices.map((indices) =>
    terms.map(({ name, coefficient }) => ({
      wire: name === "" ? 0 : wireOf(wires, withIndices(name, indices)),
      coefficient,
    })),
  );
}

function wireOf(wires: Wires, name: string): number {
  const wire = wires.get(name);
  if (wire === undefined)
    throw new Error(`a claim speaks of ${name}, which is no signal: mend circuits/determinacy.yaml`);
  return wire;
}

function patternOf(name: string): RegExp {
  const parts = name.split("[*]").map((part) => part.replaceAll(/[.[\]]/g, "\\$&"));
  return new RegExp(`^${parts.join("\\[(\\d+)\\]")}$`);
}

/** Puts indices in the places of the `[*]`s. */
function withIndices(name: string, indices: readonly string[]): string {
  let at = 0;
  return name.replaceAll("[*]", () => `[${indices[at++] ?? ""}]`);
}
