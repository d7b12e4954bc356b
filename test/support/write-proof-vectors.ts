// Writes test/vectors/{poseidon,eddsa,statements,median-proof,proof-document}.json, or those that are named:
// `node test/support/write-proof-vectors.ts [NAME…]`.
// Expected values of the first three come from circomlibjs and ethers, not from core. The proofs are random: a new run
// writes other valid ones.
import { writeFile } from "node:fs/promises";
import { buildEddsa, buildPoseidon } from "circomlibjs";
import { AbiCoder, id, keccak256 } from "ethers";
import { observationContext, observationDigest, valuesCommitment } from "../../core/codec/observation-digest.ts";
import { createReport } from "../../core/codec/report.ts";
import { FIELD_MODULUS, toField } from "../../core/crypto/field.ts";
import { circuitInputs } from "../../core/proof/circuit-inputs.ts";
import { statementVector as vectorOf } from "../../core/proof/public-binding.ts";
import type { Hex } from "../../core/types/hex.ts";
import { startProver } from "../../node/app/prover.ts";
import { ensureCircuits } from "../../scripts/circuits/ensure-circuits.ts";
import { proofDocument } from "../../core/proof/proof-document.ts";
import { medianStatement, seedOf } from "./median-statement.ts";
import { provableReport } from "./provable-report.ts";
import { silentLog } from "./silent-log.ts";

const eddsa = await buildEddsa();
const reference = await buildPoseidon();
const hash = (inputs: readonly bigint[]) => reference.F.toObject(reference(inputs));

function poseidonVectors() {
  const inputs = Array.from({ length: 16 }, (_, i) => BigInt(i + 1));
  const arities = inputs
    .map((_, i) => inputs.slice(0, i + 1))
    .concat([[0n], [FIELD_MODULUS - 1n, 0n, FIELD_MODULUS - 1n]]);
  return {
    hashes: arities.map((list) => ({ inputs: list, hash: hash(list) })),
    chains: [1, 14, 15, 16, 30, 31]
      .map((length) => chainVector(1, length))
      .concat([chainVector(2, 14), chainVector(2, 38)]),
    setRoots: [
      [1, 4],
      [3, 4],
      [4, 4],
      [4, 7],
      [7, 7],
      [31, 31],
    ].map(([n = 0, nMax = 0]) => setRootVector(n, nMax)),
    valuesCommitments: VALUES.map(({ mask, values }) => ({
      mask,
      values,
      hash: chainHash(1, [BigInt(mask), ...values.map(element)]),
    })),
  };
}

const [MIN, MAX] = [-(2n ** 95n), 2n ** 95n - 1n];
const lanes = (count: number, value: (lane: number) => bigint) =>
  Array.from({ length: count }, (_, lane) => value(lane));

/** Of one, eight and 32 lanes: none and all present, both ends of int96, zero, neighbours of zero. */
const VALUES = [
  { mask: 0, values: lanes(8, () => 0n) },
  { mask: 0xff, values: [MIN, MAX, -1n, 0n, 1n, MIN + 1n, MAX - 1n, -1n] },
  { mask: 0b1010_0101, values: [MIN, 0n, -7n, 0n, 0n, MAX, 0n, -1n] },
  { mask: 1, values: [-5n] },
  { mask: 2 ** 32 - 1, values: lanes(32, (lane) => (lane % 2 === 0 ? MIN + BigInt(lane) : MAX - BigInt(lane))) },
  { mask: 2 ** 31, values: lanes(32, (lane) => (lane === 31 ? -1n : 0n)) },
];

/** A negative number as p less its size. */
function element(value: bigint): bigint {
  return value < 0n ? FIELD_MODULUS + value : value;
}

function chainHash(tag: number, elements: readonly bigint[]): bigint {
  let state = BigInt(tag) * 2n ** 32n + BigInt(elements.length);
  for (let at = 0; at < elements.length; at += 15) state = hash([state, ...elements.slice(at, at + 15)]);
  return state;
}

/** Statements at the edges of what a contract may be told: see `VALUES`, and times at the ends of uint32. */
function statementVectors() {
  const hub: Hex = "0x00000000000000000000000000000000000000aa";
  const common = { sequence: (1n << 48n) | (1n << 16n) | 7n, observedAt: 1_700_000_000, window: 10, ...VALUES[1] };
  const statements = [
    ...VALUES.map((feeds, i) => ({ ...common, ...feeds, name: `values ${i}` })),
    { ...common, name: "the earliest time", observedAt: common.window },
    { ...common, name: "the latest time, the widest window", observedAt: 2 ** 32 - 1, window: 32_767 },
    { ...common, name: "no window", window: 0 },
    { ...common, name: "the last slot", sequence: 2n ** 64n - 1n },
  ];
  const domain = { chainId: 31_337n, hub, configDigest: id("configuration") as Hex };
  const root = setRootVector(3, 4);
  return { ...domain, committee: root, statements: statements.map((one) => statementVector(domain, root.root, one)) };
}

interface ReportedStatement {
  readonly name: string;
  readonly sequence: bigint;
  readonly observedAt: number;
  readonly window: number;
  readonly mask?: number;
  readonly values?: readonly bigint[];
}

function statementVector(
  { chainId, hub, configDigest }: { readonly chainId: bigint; readonly hub: Hex; readonly configDigest: Hex },
  root: bigint,
  statement: ReportedStatement,
) {
  const { sequence, observedAt, window, mask = 0, values = [] } = statement;
  const encode = (types: string[], fields: unknown[]) => AbiCoder.defaultAbiCoder().encode(types, fields);
  const observation = encode(
    ["bytes32", "uint256", "address", "bytes32", "uint64"],
    [id("quorate.observation.v1"), chainId, hub, configDigest, sequence],
  );
  const times = [observedAt - window, observedAt + window, observedAt].map(BigInt);
  const w = [BigInt(keccak256(observation)) >> 8n, root, BigInt(mask), ...times, ...values.map(element)];
  const commitment = chainHash(2, w);
  const tagged = encode([`uint256[${w.length + 2}]`], [[id("quorate.median.v1"), commitment, ...w]]);
  const x = BigInt(keccak256(tagged)) % FIELD_MODULUS;
  const y = w.reduceRight((sum, word) => (sum * x + word) % FIELD_MODULUS, 0n);
  return { ...statement, w, publicSignals: [commitment, x, y] };
}

function chainVector(tag: number, length: number) {
  const elements = Array.from({ length }, (_, i) => toField(BigInt(i * i) - 20n));
  return { tag, elements, hash: chainHash(tag, elements) };
}

function setRootVector(n: number, nMax: number) {
  const keys = Array.from({ length: n }, (_, j) => referenceKey(j));
  const padded = [...keys, ...Array.from({ length: nMax + (nMax % 2) - n }, () => ({ x: 0n, y: 1n }))];
  let state = BigInt(n);
  for (let j = 0; j < padded.length; j += 2) {
    state = hash([state, ...padded.slice(j, j + 2).flatMap(({ x, y }) => [x, y])]);
  }
  return { nMax, keys, root: state };
}

function referenceKey(member: number) {
  const [x, y] = eddsa.prv2pub(Buffer.from(seedOf(member)));
  return { x: eddsa.F.toObject(x), y: eddsa.F.toObject(y) };
}

function eddsaVectors() {
  return [0n, 1n, FIELD_MODULUS - 1n, 123_456_789_012_345_678_901_234_567_890n].map((message, member) => {
    const seed = seedOf(member);
    const { R8, S } = eddsa.signPoseidon(Buffer.from(seed), eddsa.F.e(message));
    const signature = { r8: { x: eddsa.F.toObject(R8[0]), y: eddsa.F.toObject(R8[1]) }, s: S };
    return { seed: `0x${Buffer.from(seed).toString("hex")}`, publicKey: referenceKey(member), message, signature };
  });
}

async function medianProofVector() {
  const circuit = await ensureCircuits({ instance: "median-n4-k3-v8" });
  const draft = medianStatement({ masks: [0xff, 0xbf, 0xff], reportMask: 0b1011_0111 });
  const feedIds = draft.feeds.values.map((_, q): Hex => `0x${(q + 1).toString(16).padStart(2, "0").repeat(32)}`);
  const { feeds, domain } = draft;
  const report = createReport(draft.report, { feeds, feedIds, observedAt: draft.report.observedAt });
  const statement = { ...draft, report };
  const prover = await startProver({ circuit: circuit.instance.name, ...circuit }, { log: silentLog });
  const { proof, publicSignals } = await prover.prove(statement, { signal: new AbortController().signal });
  await prover.stop();
  const inputs = circuitInputs(statement, circuit.shape);
  return {
    instance: circuit.instance.name,
    shape: circuit.shape,
    verificationKeyDigest: prover.verificationKeyDigest,
    feedIds,
    statement,
    observations: statement.observations.map(({ observation }) => ({
      valuesCommitment: valuesCommitment(observation.feeds),
      digest: observationDigest(inputs.context, observation.feeds, observation.timestamp),
    })),
    context: observationContext(domain, report.configDigest, report.sequence),
    setRoot: inputs.setRoot,
    w: vectorOf(statement, circuit.shape),
    publicSignals,
    proof,
    inputs,
  };
}

/** What `quorate proof export` would write of a report of a committee that is on no chain. */
async function proofDocumentVector() {
  const circuit = await ensureCircuits({ instance: "median-n4-k3-v8" });
  const domain = { chainId: 31337n, registry: `0x${"a1".repeat(20)}`, hub: `0x${"b2".repeat(20)}` } as const;
  const report = provableReport(domain, 1_700_000_000);
  const prover = await startProver({ circuit: circuit.instance.name, ...circuit }, { log: silentLog });
  const { proof } = await prover.prove(report.statement, { signal: new AbortController().signal });
  await prover.stop();
  return proofDocument(report.exported(proof, prover.verificationKeyDigest));
}

/** Integers beyond 2⁵³ as decimal strings. */
async function write(name: string, content: object): Promise<void> {
  const text = JSON.stringify(
    content,
    (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
    2,
  );
  await writeFile(new URL(`../vectors/${name}.json`, import.meta.url), `${text}\n`);
}

const VECTORS = {
  poseidon: poseidonVectors,
  eddsa: eddsaVectors,
  statements: statementVectors,
  "median-proof": medianProofVector,
  "proof-document": proofDocumentVector,
};
const names = process.argv.slice(2);
for (const [name, make] of Object.entries(VECTORS)) {
  if (names.length === 0 || names.includes(name)) await write(name, await make());
}
process.exit(0); // circomlibjs leaves its threads running
