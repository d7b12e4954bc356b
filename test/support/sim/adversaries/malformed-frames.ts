import type { Random } from "../../random.ts";
import { between, pick } from "../draw.ts";
import type { Strategy } from "./strategy.ts";

/** Longer than any honest frame of the committees that are simulated. */
const OVERSIZE = 20_000;

/** Frames that are no messages, or nearly. */
export function malformedFrames(): Strategy {
  return {
    turn(hand) {
      const { coalition, random, others } = hand;
      const real = coalition.frames.length === 0 ? randomBytes(random, 100) : pick(random, coalition.frames);
      hand.acted("malformed-frames");
      hand.post({ to: pick(random, others), content: pick(random, SPOILINGS)(random, real) });
    },
  };
}

const SPOILINGS: readonly ((random: Random, real: Uint8Array) => Uint8Array)[] = [
  (random) => randomBytes(random, random.integer(300)),
  (random, real) => real.slice(0, random.integer(real.length)),
  (random, real) => new Uint8Array([...real, ...randomBytes(random, between(random, 1, 40))]),
  (_, real) => new Uint8Array([...real, ...new Uint8Array(OVERSIZE)]),
  flipped,
  flipped,
  (random, real) => Uint8Array.from([real[0] ?? 0, random.integer(256), ...real.subarray(2)]),
  (random, real) => Uint8Array.from([random.integer(256), ...real.subarray(1)]),
];

function flipped(random: Random, real: Uint8Array): Uint8Array {
  const bytes = real.slice();
  for (let i = random.integer(3); i >= 0; i--) {
    const position = random.integer(bytes.length);
    bytes[position] = (bytes[position] ?? 0) ^ (1 << random.integer(8));
  }
  return bytes;
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(256));
}
