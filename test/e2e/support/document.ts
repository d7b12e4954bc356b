import assert from "node:assert/strict";
import { z } from "zod";

const feed = z.looseObject({
  name: z.string(),
  present: z.boolean(),
  stored: z.boolean(),
  answer: z.string().optional(),
  recomputed: z.string().optional(),
  observed: z.array(z.string()),
});

const round = z.looseObject({
  sequence: z.string(),
  chosenObservers: z.array(z.number()),
  signers: z.array(z.number()),
  proof: z.looseObject({ publicInputs: z.array(z.string()), gasUsed: z.string() }).optional(),
  feeds: z.array(feed),
});

const documentSchema = z.looseObject({
  passed: z.boolean(),
  checks: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  directory: z.string(),
  chain: z.looseObject({ rpc: z.url() }),
  nodes: z.array(
    z.looseObject({
      pid: z.number(),
      peerId: z.string(),
      signer: z.string(),
      transmitter: z.string(),
      observerKey: z.object({ x: z.string(), y: z.string() }),
      dataDirectory: z.string(),
    }),
  ),
  rounds: z.array(round),
  foreignProofs: z.array(z.string().nullable()),
  market: z.looseObject({ price: z.string().optional() }),
  proven: z.number(),
  /** Why nothing is proven. */
  reason: z.string().optional(),
  committees: z.array(z.looseObject({ index: z.number(), f: z.number(), nodes: z.array(z.string()) })),
  killedLeader: z
    .looseObject({
      member: z.number(),
      sequence: z.string(),
      killedPid: z.number(),
      restartedPid: z.number(),
      rejoinedAt: z.string(),
    })
    .optional(),
});

export type DevnetDocument = z.output<typeof documentSchema>;

/** The one document on standard output; anything before or after it is an error. */
export function parseDocument(stdout: string): DevnetDocument {
  return documentSchema.parse(JSON.parse(stdout));
}

export function checksOf({ checks }: DevnetDocument): string[] {
  return checks.map(({ name }) => name);
}

export function assertPassed(document: DevnetDocument): void {
  assert.deepEqual(
    document.checks.filter(({ passed }) => !passed),
    [],
  );
  assert.equal(document.passed, true);
}
