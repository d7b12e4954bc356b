import { hexlify } from "ethers";
import { observationsHash } from "../../core/codec/observation.ts";
import { packSignatures } from "../../core/codec/signature-quorum.ts";
import { roundTraceId, traceparentOf } from "../../core/codec/trace-id.ts";
import type { Message } from "../../core/consensus/messages.ts";
import { encodeMessage, maxFrameBytes } from "../../core/consensus/wire.ts";
import { createProtocolFixture, FIXTURE_DIGEST, FIXTURE_DOMAIN, fixtureSequence } from "./protocol-fixture.ts";

export const WIRE_VECTORS = new URL("../vectors/wire.json", import.meta.url);
const SHAPES = [
  { n: 4, f: 1, lanes: 8 },
  { n: 16, f: 5, lanes: 8 },
  { n: 31, f: 10, lanes: 32 },
];

/**
 * Every kind of frame as bytes, with what a report's transmission packs and the trace ids, of a committee with known keys.
 * Signatures are deterministic, so equal code gives equal vectors.
 */
export async function makeWireVectors() {
  const fixture = await createProtocolFixture();
  const sequence = fixtureSequence(7);
  const final = fixture.final(sequence);
  const { digest, observations, signatures } = final;
  const crypto = fixture.cryptoOf(0);
  const header = { sequence, observationsHash: observationsHash(observations) };
  const proposalDigest = crypto.proposalHeaderDigest(header);
  const proposalSignature = crypto.signDigest(proposalDigest);
  const messages: Message[] = [
    { kind: "new-epoch", epoch: 4_000_000_000, current: 3_999_999_999 },
    { kind: "round-start", sequence },
    { kind: "observation", ...fixture.observation(2, sequence, { mask: 0b10, values: [0n, -(2n ** 95n)] }) },
    { kind: "proposal", sequence, observations, signature: proposalSignature },
    { kind: "prepare", ...header, digest, proposalSignature },
    { kind: "signature", report: final.report, signature: crypto.signDigest(digest) },
    { kind: "final", final },
    { kind: "final-request", sequence, digest },
  ];
  const traceId = roundTraceId(FIXTURE_DIGEST, sequence);
  const request = { feed: fixture.configuration.feeds[0]!.id, index: 1, member: 3 };
  return {
    ...{ ...FIXTURE_DOMAIN, configDigest: FIXTURE_DIGEST },
    shape: { n: 4, f: 1, lanes: fixture.configuration.lanes },
    members: fixture.identities.map(({ member, peerId }) => ({ ...member, peerId })),
    messages: messages.map((message) => ({
      message: withoutObserver(message),
      bytes: hexlify(encodeMessage(message)),
    })),
    ...{
      observationsHash: header.observationsHash,
      proposalDigest,
      packedSignatures: packSignatures(signatures),
    },
    trace: { traceId, request, traceparent: traceparentOf(traceId, request) },
    maxFrameBytes: SHAPES.map((shape) => ({ shape, bytes: maxFrameBytes(shape) })),
  };
}

/** An observation's sender is known from its channel, so its frame does not hold it. */
function withoutObserver(message: Message): object {
  return Object.fromEntries(Object.entries(message).filter(([key]) => key !== "observer"));
}

/** As the file holds it: integers beyond 2⁵³ as decimal strings. */
export function wireVectorText(vectors: object): string {
  const text = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);
  return `${JSON.stringify(vectors, text, 2)}\n`;
}
