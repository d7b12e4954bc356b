// Writes test/vectors/{poseidon,eddsa,median-proof}.json: `node test/support/write-proof-vectors.ts`.
// Expected values of the first two come from circomlibjs, an independent implementation. The proof is random: a new run
// writes another valid one.
import { writeFile } from "node:fs/promises";
import { buildEddsa, buildPoseidon } from "circomlibjs";
import { observationContext, observationDigest, valuesCommitment } from "../../core/codec/observation-digest.ts";
import { createReport } from "../../core/codec/report.ts";
import { FIELD_MODULUS, toField } from "../../core/crypto/field.ts";
import { circuitInputs } from "../../core/proof/circuit-inputs.ts";
import { statementVector } from "../../core/proof/public-binding.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createProver } from "../../node/prover/snarkjs-prover.ts";
import { ensureCircuits } from "../../scripts/circuits/ensure-circuits.ts";
import { medianStatement, seedOf } from "./median-statement.ts";
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
  };
}

function chainVector(tag: number, length: number) {
  const elements = Array.from({ length }, (_, i) => toField(BigInt(i * i) - 20n));
  let state = BigInt(tag) * 2n ** 32n + BigInt(length);
  for (let at = 0; at < length; at += 15) state = hash([state, ...elements.slice(at, at + 15)]);
  return { tag, elements, hash: state };
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
  const prover = await createProver(circuit, { log: silentLog });
  const { proof, publicSignals } = await prover.prove(statement, new AbortController().signal);
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
    w: statementVector(statement, circuit.shape),
    publicSignals,
    proof,
    inputs,
  };
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

await write("poseidon", poseidonVectors());
await write("eddsa", eddsaVectors());
await write("median-proof", await medianProofVector());
process.exit(0); // circomlibjs leaves its threads running
