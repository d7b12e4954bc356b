import fc from "fast-check";
import { valuesCommitment } from "../../../core/codec/observation-digest.ts";
import { CHAIN_TAG, poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { PADDING_KEY, setRoot } from "../../../core/codec/set-root.ts";
import { fromField } from "../../../core/crypto/field.ts";
import { publicBinding } from "../../../core/proof/public-binding.ts";
import { element, elements, modulo } from "./edges.ts";
import { twin } from "./twin.ts";
import type { Twin } from "./twin.ts";

function chain(length: number, tag: number): Twin {
  return twin({
    call: `PoseidonChain(${length}, ${tag})`,
    inputs: fc.record({ in: elements(length) }),
    edges: [0n, modulo(-1n)].map((edge) => ({ in: new Array<bigint>(length).fill(edge) })),
    outputs: ({ in: list }) => poseidonChain(tag, list),
  });
}

function commitment(lanes: number): Twin {
  const all = 2n ** BigInt(lanes) - 1n;
  return twin({
    call: `ValuesCommitment(${lanes})`,
    inputs: fc.record({ mask: fc.oneof(fc.constantFrom(0n, all), fc.bigInt(0n, all)), values: elements(lanes) }),
    outputs: ({ mask, values }) => valuesCommitment({ mask: Number(mask), values: values.map(fromField) }),
  });
}

function committee(nMax: number): Twin {
  return twin({
    call: `SetRoot(${nMax})`,
    inputs: fc.array(elements(2), { minLength: 1, maxLength: nMax }).map((members) => ({
      memberCount: BigInt(members.length),
      keys: Array.from({ length: nMax }, (_, j) => members[j] ?? [PADDING_KEY.x, PADDING_KEY.y]),
    })),
    outputs({ memberCount, keys }) {
      const members = keys.slice(0, Number(memberCount)).map(([x = 0n, y = 0n]) => ({ x, y }));
      return setRoot(members, nMax);
    },
  });
}

/** Slots choose by position; where the same member is chosen twice, or two by one slot, there is no witness. */
function selector(nMax: number, k: number): Twin {
  const band = nMax - k + 1;
  const row = (chosen: number) => Array.from({ length: band }, (_, j) => BigInt(j === chosen));
  const ascending = fc
    .array(fc.nat(band - 1), { minLength: k, maxLength: k })
    .map((choice) => choice.toSorted((a, b) => a - b).map(row));
  const any = fc.array(fc.nat(band - 1).map(row), { minLength: k, maxLength: k });
  const spoilt = fc
    .tuple(ascending, fc.nat(k - 1), fc.nat(band - 1), element)
    .map(([rows, i, j, weight]) => rows.with(i, (rows[i] ?? []).with(j, weight)));
  return twin({
    call: `MemberSelector(${nMax}, ${k})`,
    inputs: fc.record({
      keys: fc.array(elements(2), { minLength: nMax, maxLength: nMax }),
      selector: fc.oneof(ascending, any, spoilt),
    }),
    outputs({ keys, selector: rows }) {
      const isOneHot = rows.every((weights) => weights.every((one) => one === 0n || one === 1n) && sum(weights) === 1n);
      const positions = rows.map((weights, i) => i + weights.indexOf(1n));
      if (!isOneHot || new Set(positions).size < k) return undefined;
      return positions.map((position) => keys[position] ?? []);
    },
  });
}

function sum(list: readonly bigint[]): bigint {
  return list.reduce((total, one) => total + one, 0n);
}

/** As a contract makes x and y, with one of the three numbers altered at times; and at any x. */
function binding(length: number): Twin {
  const polynomial = (w: readonly bigint[], x: bigint) => w.reduceRight((total, one) => modulo(total * x + one), 0n);
  const made = elements(length).map((w) => {
    const { commitment: C, x, y } = publicBinding(w);
    return { w, C, x, y };
  });
  const altered = fc
    .tuple(made, fc.constantFrom("C", "x", "y"), element)
    .map(([inputs, name, value]) => ({ ...inputs, [name]: value }));
  const elsewhere = fc.tuple(made, element).map(([inputs, x]) => ({ ...inputs, x, y: polynomial(inputs.w, x) }));
  return twin({
    call: `PublicBinding(${length})`,
    publicInputs: ["C", "x", "y"],
    inputs: fc.oneof(made, altered, elsewhere),
    outputs: ({ w, C, x, y }) =>
      C === poseidonChain(CHAIN_TAG.statement, w) && y === polynomial(w, x) ? [] : undefined,
  });
}

export const LIST_TWINS: readonly Twin[] = [
  ...[chain(1, 2 ** 32 - 1), chain(31, 2)],
  ...[commitment(8), commitment(32)],
  committee(7),
  ...[selector(4, 3), selector(7, 5), selector(5, 5)],
  binding(14),
];
