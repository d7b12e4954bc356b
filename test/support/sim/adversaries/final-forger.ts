import type { FinalReport } from "../../../../core/types/final.ts";
import { pick, randomHex } from "../draw.ts";
import { type Hand, isMessage, type Strategy } from "./strategy.ts";

/** Shows final reports that are none: real ones with one thing changed, in place of a real one or before others have it. */
export function finalForger(): Strategy {
  return {
    join(hand) {
      hand.coalition.onFinal((final) => {
        for (const to of hand.others) showForgery(hand, to, final);
      });
    },
    send(hand, letter) {
      if (!isMessage(letter.content, "final")) return [letter];
      showForgery(hand, letter.to, letter.content.final);
      return [];
    },
    turn(hand) {
      const real = hand.coalition.finals.at(-1);
      if (real !== undefined) showForgery(hand, pick(hand.random, hand.others), newer(hand, real));
    },
  };
}

function showForgery(hand: Hand, to: number, real: FinalReport): void {
  hand.acted("final-forger");
  hand.post({ to, content: { kind: "final", final: pick(hand.random, FORGERIES)(hand, real) } });
}

/** The report of the next slot, with the coalition's own signatures and others' old ones. */
function newer({ context, coalition }: Hand, final: FinalReport): FinalReport {
  const report = { ...final.report, sequence: final.report.sequence + 1n };
  const digest = context.crypto.reportDigest(report);
  const signatures = final.signatures.map((entry) =>
    entry.signer === coalition.members[0] ? { ...entry, signature: context.crypto.signDigest(digest) } : entry,
  );
  return { ...final, report, digest, signatures };
}

const FORGERIES: readonly ((hand: Hand, final: FinalReport) => FinalReport)[] = [
  (_, final) => final,
  (_, final) => ({
    ...final,
    feeds: { ...final.feeds, values: final.feeds.values.map((value) => value && value + 1n) },
  }),
  (_, final) => ({ ...final, report: { ...final.report, observedAt: final.report.observedAt + 1 } }),
  ({ random }, final) => ({ ...final, digest: randomHex(random, 32) }),
  (_, final) => ({ ...final, signatures: final.signatures.map(() => final.signatures[0]!) }),
  (_, final) => ({ ...final, observations: final.observations.map(() => final.observations[0]!) }),
  ({ context, self }, final) => ({
    ...final,
    signatures: final.signatures.map(() => ({ signer: self, signature: context.crypto.signDigest(final.digest) })),
  }),
  ({ random }, final) => ({
    ...final,
    signatures: final.signatures.map((entry) => ({ ...entry, signature: randomHex(random, 64) })),
  }),
  (_, final) => ({
    ...final,
    observations: final.observations.map((entry) => ({
      ...entry,
      observation: { ...entry.observation, timestamp: 1 },
    })),
  }),
];
