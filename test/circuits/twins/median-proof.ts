import fc from "fast-check";
import { pivotHints } from "../../../core/proof/pivot-hints.ts";
import { inputsOf, seal } from "../../support/median-forgery.ts";
import { medianCircuit } from "../../support/circuits.ts";
import { SHAPE } from "../../support/median-statement.ts";
import type { StatementOptions } from "../../support/median-statement.ts";
import { medianProof } from "../soundness/median-proof.ts";
import { element, modulo } from "./edges.ts";
import { twin } from "./twin.ts";
import type { Twin } from "./twin.ts";
import type { SignalValue } from "../../../node/prover/witness-calculator.ts";

const { k, lanes, nMax } = SHAPE;
const INT96 = { min: -(2n ** 95n), max: 2n ** 95n - 1n };
const WIDEST = 32_767;

const list = <T>(value: fc.Arbitrary<T>, length: number) => fc.array(value, { minLength: length, maxLength: length });
const price = fc.oneof(fc.constantFrom(INT96.min, INT96.max, -1n, 0n, 1n), fc.bigInt(-3n, 3n), fc.bigInt(INT96));
const fullMask = 2 ** lanes - 1;
const mask = fc.oneof(fc.constant(fullMask), fc.constant(0), fc.nat(fullMask));

/** Whatever honest members may report: any values, masks, members and times of one window. */
const statement: fc.Arbitrary<StatementOptions> = fc
  .record({
    members: fc.integer({ min: k, max: nMax }),
    left: fc.nat(),
    masks: list(mask, k),
    dropped: mask,
    values: list(list(price, lanes), k),
    window: fc.constantFrom(0, 1, WIDEST),
    base: fc.constantFrom(WIDEST, 1_700_000_000, 2 ** 32 - 1 - WIDEST),
    offsets: list(fc.integer({ min: -1, max: 1 }), k),
  })
  .map(({ members, left, masks, dropped, window, base, offsets, ...options }) => {
    const all = Array.from({ length: members }, (_, j) => j);
    const observed = Number(pivotHints(offsets.map(BigInt)).median);
    return {
      ...options,
      ...{ members, masks, window },
      chosen: members > k ? all.filter((j) => j !== left % members) : all,
      reportMask: masks.reduce((shared, own) => shared & own, dropped),
      // Around their own median, so that the window holds both ends.
      timestamps: offsets.map((offset) => base + Math.max(-window, Math.min(window, (offset - observed) * window))),
    };
  });

/** Inputs that say something. The others are hints, which may be wrong only in that nothing is proven. */
const SAYING = [
  ...["C", "x", "y", "context", "setRoot", "reportMask", "earliest", "latest", "observedAt", "medians", "memberCount"],
  ...["keys", "masks", "values", "timestamps", "r8", "s"],
] as const;

export const medianProofTwin: Twin = twin({
  call: medianProof.call,
  circuit: medianCircuit,
  isSlow: true,
  inputs: fc
    .tuple(statement, fc.option(fc.tuple(fc.constantFrom(...SAYING), fc.nat(), element)))
    .map(([options, alteration]) => {
      const inputs = inputsOf(options);
      if (alteration === null) return inputs;
      const [name, at, by] = alteration;
      const altered = { ...inputs, [name]: withElement(inputs[name], at, by) };
      return ["C", "x", "y"].includes(name) ? altered : seal(altered);
    }),
  edges: [inputsOf({}), inputsOf({ masks: Array(k).fill(fullMask), reportMask: 0 })],
  outputs(inputs) {
    const read = (name: string) => flat((inputs as Record<string, SignalValue>)[name] ?? []);
    const { timestamps, earliest, latest } = inputs;
    const isNear = timestamps.every((time) => modulo(time - earliest) < 2n ** 16n && modulo(latest - time) < 2n ** 16n);
    // With an odd number of members the last one is hashed with the padding beside it, so that is no free choice.
    const padding = inputs.keys.slice(Number(inputs.memberCount)).flat();
    const isPadded = padding.every((coordinate, i) => coordinate === BigInt(i % 2));
    return isNear && isPadded && medianProof.promise(read) ? [] : undefined;
  },
});

/** One element of a signal, the others as they are. */
function withElement(value: SignalValue, at: number, by: bigint): SignalValue {
  if (typeof value === "bigint") return modulo(value + by);
  return value.map((row, i) => (i === at % value.length ? withElement(row, Math.floor(at / value.length), by) : row));
}

function flat(value: SignalValue): bigint[] {
  return typeof value === "bigint" ? [value] : value.flatMap(flat);
}
