import { poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { valuesCommitment } from "../../../core/codec/observation-digest.ts";
import { setRoot } from "../../../core/codec/set-root.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { single } from "./target.ts";
import type { Attack, Target } from "./target.ts";

const MINUS_ONE = FIELD_MODULUS - 1n;

/** Adds 1 to what a statement assigns first. */
function altered(lie: string, ...statements: readonly string[]): Attack[] {
  return statements.map((statement) => ({ statement, lie, forge: { [statement]: { 0: 1n } } }));
}

export const poseidonChainTarget: Target = {
  call: "PoseidonChain(17, 5)",
  honest: { in: Array.from({ length: 17 }, (_, i) => BigInt(i) ** 9n) },
  promise: (read) => single(read, "out") === poseidonChain(5, read("in")),
  attacks: altered(
    "another list has this commitment",
    "hash[c].inputs[0] <== tag * (1 << 32) + m",
    "hash[c].inputs[0] <== hash[c - 1].out",
    "hash[c].inputs[i + 1] <== in[c * perCall + i]",
    "out <== hash[calls - 1].out",
  ),
};

export const valuesCommitmentTarget: Target = {
  call: "ValuesCommitment(3)",
  honest: { mask: 5n, values: [7n, 0n, 9n] },
  promise: (read) =>
    single(read, "out") === valuesCommitment({ mask: Number(single(read, "mask")), values: read("values") }),
  attacks: altered(
    "other values have this commitment",
    "chain.in[0] <== mask",
    "chain.in[1 + q] <== values[q]",
    "out <== chain.out",
  ),
};

/** Coordinates that are nobody's, and no sums of each other. */
const MEMBERS = [11n, 12n, 13n, 14n, 15n].map((x) => [x ** 3n, x ** 5n] as const);
const PADDING = [0n, 1n] as const;

export const setRootTarget: Target = {
  call: "SetRoot(5)",
  honest: { memberCount: 4n, keys: MEMBERS.with(4, [PADDING[0], PADDING[1]]) },
  promise(read) {
    const coordinates = read("keys");
    const keys = [0, 1, 2, 3].map((j) => ({ x: coordinates[2 * j] ?? 0n, y: coordinates[2 * j + 1] ?? 0n }));
    return single(read, "out") === setRoot(keys, 5);
  },
  attacks: altered(
    "another committee has this root",
    "hash[c].inputs[0] <== memberCount",
    "hash[c].inputs[0] <== hash[c - 1].out",
    "hash[c].inputs[1 + 2 * side] <== keys[j][0]",
    "hash[c].inputs[2 + 2 * side] <== keys[j][1]",
    "hash[c].inputs[1 + 2 * side] <== 0",
    "hash[c].inputs[2 + 2 * side] <== 1",
    "out <== hash[calls - 1].out",
  ),
};

const [FIRST, SECOND, THIRD] = [
  [1n, 0n, 0n],
  [0n, 1n, 0n],
  [0n, 0n, 1n],
];

export const memberSelector: Target = {
  call: "MemberSelector(5, 3)",
  honest: { keys: MEMBERS, selector: [FIRST, FIRST, SECOND] },
  promise(read) {
    const [keys, selected] = [read("keys"), read("selected")];
    const positions = [0, 1, 2].map((i) =>
      MEMBERS.findIndex((_, j) => keys[2 * j] === selected[2 * i] && keys[2 * j + 1] === selected[2 * i + 1]),
    );
    return !positions.includes(-1) && new Set(positions).size === 3;
  },
  attacks: [
    {
      statement: "selector[i][j] * (selector[i][j] - 1) === 0",
      lie: "weights that are not bits select a sum of keys, though every slot and every member adds up",
      inputs: { keys: MEMBERS, selector: [[0n, 2n, MINUS_ONE], [MINUS_ONE, 2n, 0n], THIRD] },
    },
    ...altered(
      "a key that is in no list is selected",
      "term[i][j][0] <== selector[i][j] * keys[i + j][0]",
      "term[i][j][1] <== selector[i][j] * keys[i + j][1]",
      "selected[i][0] <== x",
      "selected[i][1] <== y",
    ),
    {
      statement: "chosen === 1",
      lie: "nobody is selected, as (0, 0)",
      inputs: { keys: MEMBERS, selector: [[0n, 0n, 0n], FIRST, SECOND] },
    },
    {
      statement: "chosen === 1",
      lie: "the sum of two is selected",
      inputs: { keys: MEMBERS, selector: [[1n, 1n, 0n], SECOND, SECOND] },
    },
    {
      statement: "timesChosen[j] * (timesChosen[j] - 1) === 0",
      lie: "one member is selected twice",
      inputs: { keys: MEMBERS, selector: [SECOND, FIRST, FIRST] },
    },
    {
      statement: "timesChosen[j] * (timesChosen[j] - 1) === 0",
      lie: "one member is selected three times",
      inputs: { keys: MEMBERS, selector: [THIRD, SECOND, FIRST] },
    },
  ],
};

const W = [4n, 5n, 6n];
const X = 10n;
const polynomial = (w: readonly bigint[], x: bigint) => w.reduceRight((sum, element) => sum * x + element, 0n);

export const publicBinding: Target = {
  call: "PublicBinding(3)",
  publicInputs: ["C", "x", "y"],
  honest: { w: W, C: poseidonChain(2, W), x: X, y: polynomial(W, X) },
  promise(read) {
    const [w, x] = [read("w"), single(read, "x")];
    return single(read, "C") === poseidonChain(2, w) && single(read, "y") === polynomial(w, x);
  },
  attacks: [
    {
      statement: "commitment.in <== w",
      lie: "C commits to another vector",
      inputs: { w: W, C: poseidonChain(2, [4n, 5n, 7n]), x: X, y: polynomial(W, X) },
      forge: { "commitment.in <== w": { 2: 1n } },
    },
    {
      statement: "commitment.out === C",
      lie: "any number is the commitment, as one that is chosen after x",
      inputs: { w: W, C: 1n, x: X, y: polynomial(W, X) },
    },
    {
      statement: "horner[m - 1] <== w[m - 1]",
      lie: "y is another vector's",
      inputs: { w: W, C: poseidonChain(2, W), x: X, y: polynomial([4n, 5n, 8n], X) },
      forge: { "horner[m - 1] <== w[m - 1]": { 0: 2n } },
    },
    {
      statement: "horner[i] <== horner[i + 1] * x + w[i]",
      lie: "y is another vector's",
      inputs: { w: W, C: poseidonChain(2, W), x: X, y: polynomial([4n, 8n, 6n], X) },
      forge: { "horner[i] <== horner[i + 1] * x + w[i]": { 0: 3n } },
    },
    {
      statement: "horner[0] === y",
      lie: "y is any number",
      inputs: { w: W, C: poseidonChain(2, W), x: X, y: 1n },
    },
  ],
};
