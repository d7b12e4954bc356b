import { observationDigest } from "../../core/codec/observation-digest.ts";
import { signEddsaPoseidon } from "../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS, fromField } from "../../core/crypto/field.ts";
import { circuitInputs } from "../../core/proof/circuit-inputs.ts";
import type { CircuitInputs } from "../../core/proof/circuit-inputs.ts";
import { publicBinding } from "../../core/proof/public-binding.ts";
import { medianStatement, seedOf, SHAPE } from "./median-statement.ts";
import type { StatementOptions } from "./median-statement.ts";

/** Witness inputs of a statement that is provable unless an option spoils it. */
export function inputsOf(options: StatementOptions = {}): CircuitInputs {
  return circuitInputs(medianStatement(options), SHAPE);
}

/** w of these inputs. */
export function vectorOf(inputs: CircuitInputs): bigint[] {
  const { context, setRoot, reportMask, earliest, latest, observedAt, medians } = inputs;
  return [context, setRoot, reportMask, earliest, latest, observedAt, ...medians];
}

/** Public inputs made anew for altered private ones: the forger's best try. @param w another vector to bind them to. */
export function seal(inputs: CircuitInputs, w = vectorOf(inputs)): CircuitInputs {
  const { commitment, x, y } = publicBinding(w.map((value) => (value + FIELD_MODULUS) % FIELD_MODULUS));
  return { ...inputs, C: commitment, x, y };
}

/** Signs slot i anew after its mask, values or timestamp were altered. */
export function resign(inputs: CircuitInputs, slot: number, member: number): CircuitInputs {
  const feeds = { mask: Number(inputs.masks[slot]), values: (inputs.values[slot] ?? []).map(fromField) };
  const digest = observationDigest(inputs.context, feeds, Number(inputs.timestamps[slot]));
  const { r8, s } = signEddsaPoseidon(seedOf(member), digest);
  return { ...inputs, r8: inputs.r8.with(slot, [r8.x, r8.y]), s: inputs.s.with(slot, s) };
}
