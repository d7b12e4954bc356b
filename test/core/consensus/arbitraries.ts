import { hexlify } from "ethers";
import fc from "fast-check";
import { MAX_VALUE, MIN_VALUE } from "../../../core/codec/report.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import type { WireShape } from "../../../core/consensus/wire.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { AttributedObservation, FeedValues, SignedObservation } from "../../../core/types/observation.ts";
import type { Report } from "../../../core/types/report.ts";

/** Plain objects, as decoders make them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const u8 = fc.nat(255);
const u32 = fc.nat(2 ** 32 - 1);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const point = record({ x: word, y: word });
const int96 = fc.bigInt({ min: MIN_VALUE, max: MAX_VALUE });

function hex(bytes: number): fc.Arbitrary<Hex> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => hexlify(value) as Hex);
}

/** Any vector over K lanes whose unset lanes are 0. */
function feedValues(lanes: number): fc.Arbitrary<FeedValues> {
  const lane = fc.option(int96, { nil: undefined });
  return fc.array(lane, { minLength: lanes, maxLength: lanes }).map((values) => ({
    mask: values.reduce((mask, value, index) => mask + (value === undefined ? 0 : 2 ** index), 0),
    values: values.map((value) => value ?? 0n),
  }));
}

function signedObservation(lanes: number): fc.Arbitrary<SignedObservation> {
  const observation = { sequence: u64, feeds: feedValues(lanes), timestamp: u32, inputsDigest: hex(32), fuel: u64 };
  return record({ observation: record(observation), signature: record({ r8: point, s: word }) });
}

/** Exactly 2f+1, as in every proposal of that committee. */
function attributed({ f, lanes }: WireShape): fc.Arbitrary<AttributedObservation[]> {
  const entry = fc.tuple(u8, signedObservation(lanes)).map(([observer, signed]) => ({ observer, ...signed }));
  return fc.array(entry, { minLength: 2 * f + 1, maxLength: 2 * f + 1 });
}

const anyReport: fc.Arbitrary<Report> = record({
  ...{ configDigest: hex(32), sequence: u64, observedAt: u32, feedsRoot: hex(32), valuesHash: hex(32) },
});

export function finalReport(shape: WireShape): fc.Arbitrary<FinalReport> {
  const signature = record({ signer: u8, signature: hex(64) });
  return record({
    report: anyReport,
    digest: hex(32),
    feeds: feedValues(shape.lanes),
    observations: attributed(shape),
    signatures: fc.array(signature, { minLength: shape.f + 1, maxLength: shape.f + 1 }),
  });
}

/** Any message of each kind in a committee of this shape, its fields anywhere in the ranges that the wire has room for. */
export function messagesOf(shape: WireShape): Readonly<Record<Message["kind"], fc.Arbitrary<Message>>> {
  const kind = <K extends Message["kind"]>(name: K) => fc.constant(name);
  return {
    "new-epoch": record({ kind: kind("new-epoch"), epoch: u32, current: u32 }),
    "round-start": record({ kind: kind("round-start"), sequence: u64 }),
    observation: signedObservation(shape.lanes).map((signed) => ({ kind: "observation", ...signed })),
    proposal: record({
      ...{ kind: kind("proposal"), sequence: u64, observations: attributed(shape), signature: hex(64) },
    }),
    prepare: record({
      ...{ kind: kind("prepare"), sequence: u64, digest: hex(32) },
      ...{ observationsHash: hex(32), proposalSignature: hex(64) },
    }),
    signature: record({ kind: kind("signature"), report: anyReport, signature: hex(64) }),
    final: record({ kind: kind("final"), final: finalReport(shape) }),
    "final-request": record({ kind: kind("final-request"), sequence: u64, digest: hex(32) }),
  };
}

export function anyMessage(shape: WireShape): fc.Arbitrary<Message> {
  return fc.oneof(...Object.values(messagesOf(shape)));
}
