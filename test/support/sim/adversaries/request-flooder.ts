import { pick, randomHex } from "../draw.ts";
import type { Strategy } from "./strategy.ts";

const BURST = 5;

/** Asks for final reports again and again: for real ones, for old ones, for ones that never were. */
export function requestFlooder(): Strategy {
  return {
    turn(hand) {
      const { coalition, random, others } = hand;
      hand.acted("request-flooder");
      const to = pick(random, others);
      for (let i = 0; i < BURST; i++) {
        const real = coalition.finals.length === 0 ? undefined : pick(random, coalition.finals);
        const sequence = real?.report.sequence ?? BigInt(random.integer(1_000));
        const digest = real !== undefined && random.integer(3) > 0 ? real.digest : randomHex(random, 32);
        hand.post({ to, content: { kind: "final-request", sequence, digest } });
      }
    },
  };
}
