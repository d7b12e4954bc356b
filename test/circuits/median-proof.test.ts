import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as snarkjs from "snarkjs";
import type { CircuitInputs } from "../../core/proof/circuit-inputs.ts";
import { pivotHints } from "../../core/proof/pivot-hints.ts";
import { FIELD_MODULUS, fromField, toField } from "../../core/crypto/field.ts";
import { medianCircuit, witnessOf } from "../support/circuits.ts";
import { witnessElements } from "../../node/prover/witness-calculator.ts";
import type { TestCircuit } from "../support/circuits.ts";
import { inputsOf, resign, seal } from "../support/median-forgery.ts";
import { SHAPE } from "../support/median-statement.ts";
import type { StatementOptions } from "../support/median-statement.ts";
import { stopSnarkjs } from "../support/stop-snarkjs.ts";

const MIN = -(2n ** 95n);
const MAX = 2n ** 95n - 1n;
const BASE8 = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
];

let circuit: TestCircuit;
before(async () => {
  circuit = await medianCircuit();
});

describe("MedianProof accepts", () => {
  const accepted: [string, StatementOptions][] = [
    ["a full mask", {}],
    ["a report mask that leaves feeds out", { reportMask: 0b1011_0101 }],
    ["a feed that one observation lacks, left out", { masks: [0xff, 0xf7, 0xff] }],
    ["an empty report", { reportMask: 0 }],
    ["a committee smaller than nMax", { members: 3, chosen: [0, 1, 2] }],
    ["the last members", { chosen: [1, 2, 3] }],
    ["equal timestamps", { timestamps: [1_700_000_000, 1_700_000_000, 1_700_000_000] }],
    [
      "timestamps at the edges of the widest window",
      { timestamps: [1_700_000_000, 1_700_032_767, 1_700_065_534], window: 32_767 },
    ],
    ["observedAt = W", { timestamps: [0, 10, 20] }],
    ["the last uint32 second", { timestamps: [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 2] }],
    [
      "int96 extremes",
      {
        values: [
          [MIN, MAX, 5n, MAX],
          [MAX, MIN, 5n, MIN],
          [0n, -1n, 5n, MIN],
        ],
      },
    ],
    [
      "all values equal",
      {
        values: [
          [9n, -9n],
          [9n, -9n],
          [9n, -9n],
        ],
      },
    ],
  ];
  for (const [what, options] of accepted) {
    it(what, () => assert.ok(witnessOf(circuit, inputsOf(options))));
  }

  it("every order of three values and every tie", () => {
    const triples = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2].map((c) => [a, b, c] as const)));
    for (let at = 0; at < triples.length; at += SHAPE.lanes) {
      const chunk = triples.slice(at, at + SHAPE.lanes);
      const values = [0, 1, 2].map((slot) => chunk.map((triple) => BigInt(triple[slot] ?? 0) - 1n));
      assert.ok(witnessOf(circuit, inputsOf({ values })));
    }
  });

  it("with the witness that snarkjs computes, and stock snarkjs finds it valid", async () => {
    const inputs = inputsOf();
    const own = circuit.calculator.calculate(inputs);
    const reference: { type: "mem"; data?: Uint8Array } = { type: "mem" };
    const decimal = JSON.parse(
      JSON.stringify(inputs, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v)),
    ) as object;
    await snarkjs.wtns.calculate(decimal, { type: "mem", data: circuit.wasmFile }, reference);
    assert.deepEqual(witnessElements(own), witnessElements(reference.data ?? new Uint8Array()));
    assert.ok(await snarkjs.wtns.check({ type: "mem", data: circuit.r1csFile }, { type: "mem", data: own }));
    await stopSnarkjs();
  });
});

describe("MedianProof refuses", () => {
  function refuses(what: string, forge: () => CircuitInputs): void {
    it(what, () => assert.equal(witnessOf(circuit, forge()), undefined));
  }
  const altered = (change: Partial<CircuitInputs>) => seal({ ...inputsOf(), ...change });

  refuses("a reported feed that one observation lacks, though its value is the median of what is there", () => {
    const inputs = inputsOf({ masks: [0xff, 0xf7, 0xff] });
    const { median, swap, high } = pivotHints(inputs.values.map((lanes) => fromField(lanes[3] ?? 0n)));
    const hints = { swap: inputs.swap.with(3, swap), high: inputs.high.with(3, high) };
    return seal({ ...inputs, ...hints, reportMask: 0xffn, medians: inputs.medians.with(3, toField(median)) });
  });
  refuses("a mask bit taken away while its median stays", () => altered({ reportMask: 0xfen }));
  refuses("a mask bit added", () => seal({ ...inputsOf({ reportMask: 0xfe }), reportMask: 0xffn }));
  refuses("a report mask beyond the lanes", () => altered({ reportMask: 0x1ffn }));
  refuses("an observation's mask beyond the lanes", () =>
    resign({ ...inputsOf(), masks: [0x1ffn, 0xffn, 0xffn] }, 0, 0),
  );
  refuses("a value in an absent lane", () => {
    const inputs = inputsOf({ reportMask: 0xfe });
    return seal({ ...inputs, medians: inputs.medians.with(0, 5n) });
  });
  refuses("a median one too high", () => altered({ medians: inputsOf().medians.map((m) => m + 1n) }));
  refuses("a later observedAt", () => altered({ observedAt: inputsOf().observedAt + 1n }));
  refuses("another slot's timestamp as observedAt", () => altered({ observedAt: inputsOf().timestamps[2] ?? 0n }));
  refuses("a window that begins after a timestamp", () => altered({ earliest: inputsOf().observedAt }));
  refuses("a window that ends before a timestamp", () => altered({ latest: inputsOf().observedAt }));
  refuses("a timestamp 2¹⁶ s before the end", () => altered({ latest: (inputsOf().timestamps[1] ?? 0n) + 65_536n }));
  refuses("a timestamp 2¹⁶ s after the beginning", () =>
    altered({ earliest: (inputsOf().timestamps[2] ?? 0n) - 65_536n }),
  );
  refuses("another set root", () => altered({ setRoot: inputsOf().setRoot + 1n }));
  refuses("another committee size", () => altered({ memberCount: 3n }));
  refuses("another key in the list", () => {
    const { keys } = inputsOf();
    return altered({ keys: keys.with(2, keys[0] ?? []) });
  });
  refuses("another context", () => altered({ context: inputsOf().context + 1n }));
  refuses("a value that was not signed", () => {
    const { values } = inputsOf();
    return altered({ values: values.with(1, (values[1] ?? []).with(4, 6n)) });
  });
  refuses("a timestamp that was not signed", () => {
    const { timestamps } = inputsOf();
    return altered({ timestamps: timestamps.with(0, (timestamps[0] ?? 0n) + 1n) });
  });
  refuses("a value 2⁹⁶ from the median, though signed", () => {
    const inputs = inputsOf({ values: [[0n], [0n], [0n]] });
    const values = inputs.values.with(1, (inputs.values[1] ?? []).with(0, 2n ** 96n));
    return seal(resign({ ...inputs, values, high: inputs.high.with(0, [1n, 0n]) }, 1, 1));
  });
  refuses("R8 off the curve", () => {
    const { r8 } = inputsOf();
    return altered({ r8: r8.with(0, [1n, 1n]) });
  });
  refuses("the same signer twice", () => {
    const inputs = inputsOf({ chosen: [1, 2, 3] });
    // Slot 0 can hold members 0 and 1, slot 1 members 1 and 2: both take member 1.
    const slot = <T>(list: readonly T[]) => list.with(1, list[0] as T);
    const { masks, values, timestamps, r8, s } = inputs;
    const copied = { masks: slot(masks), values: slot(values), timestamps: slot(timestamps), r8: slot(r8), s: slot(s) };
    return seal({
      ...inputs,
      ...copied,
      selector: [
        [0n, 1n],
        [1n, 0n],
        [0n, 1n],
      ],
    });
  });
  refuses("padding as a signer, for which any S verifies", () => {
    const inputs = inputsOf({ members: 3, chosen: [0, 1, 2] });
    const forged = {
      selector: inputs.selector.with(2, [0n, 1n]),
      r8: inputs.r8.with(2, BASE8),
      s: inputs.s.with(2, 1n),
    };
    return seal({ ...inputs, ...forged });
  });
  refuses("no signer in a slot", () =>
    altered({
      selector: [
        [0n, 0n],
        [1n, 0n],
        [0n, 1n],
      ],
    }),
  );
  refuses("two half signers", () => {
    const half = (FIELD_MODULUS + 1n) / 2n;
    return altered({
      selector: [
        [half, half],
        [1n, 0n],
        [0n, 1n],
      ],
    });
  });
  refuses("C of another statement", () => ({ ...inputsOf(), C: inputsOf().C + 1n }));
  refuses("a y that does not fit x", () => ({ ...inputsOf(), y: inputsOf().y + 1n }));
  refuses("an x that does not fit y", () => ({ ...inputsOf(), x: inputsOf().x + 1n }));

  it("every value that is not the median, under all hints", () => {
    const inputs = inputsOf({ values: [[30n], [10n], [20n]] });
    const bits = [
      [0n, 0n],
      [0n, 1n],
      [1n, 0n],
      [1n, 1n],
    ];
    for (const value of [10n, 30n]) {
      for (const swap of bits) {
        for (const high of bits) {
          const hints = { swap: inputs.swap.with(0, swap), high: inputs.high.with(0, high) };
          const forged = seal({ ...inputs, ...hints, medians: inputs.medians.with(0, value) });
          assert.equal(witnessOf(circuit, forged), undefined, `${value} with ${String(swap)} and ${String(high)}`);
        }
      }
    }
  });
});
