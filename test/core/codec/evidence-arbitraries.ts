import { hexlify } from "ethers";
import fc from "fast-check";
import { MAX_LANES, MAX_VALUE, MIN_VALUE } from "../../../core/codec/report.ts";
import type { Equivocation, EquivocationKind } from "../../../core/types/evidence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FeedValues } from "../../../core/types/observation.ts";

export interface EvidenceArbitraryOptions {
  readonly kind?: EquivocationKind;
  readonly lanes?: fc.Arbitrary<number>;
}

const u8 = fc.nat(255);
const u32 = fc.nat(2 ** 32 - 1);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

/** Any evidence that its bytes have room for; its signatures mean nothing. */
export function anyEvidence(options: EvidenceArbitraryOptions = {}): fc.Arbitrary<Equivocation> {
  const { kind, lanes = fc.integer({ min: 1, max: MAX_LANES }) } = options;
  const kinds: readonly EquivocationKind[] = kind === undefined ? ["proposal", "report", "observation"] : [kind];
  return fc.oneof(...kinds.map((name) => evidenceOf(name, lanes)));
}

function evidenceOf(kind: EquivocationKind, lanes: fc.Arbitrary<number>): fc.Arbitrary<Equivocation> {
  switch (kind) {
    case "proposal":
      return fc.tuple(u8, u64, hex(32), hex(32), hex(64), hex(64)).map(([member, sequence, a, b, c, d]) => ({
        ...{ kind, member, sequence },
        first: { sequence, observationsHash: a, signature: c },
        second: { sequence, observationsHash: b, signature: d },
      }));
    case "report":
      return fc.tuple(u8, u64, hex(32)).chain(([member, sequence, configDigest]) => {
        const side = fc.tuple(u32, hex(32), hex(32), hex(64)).map(([observedAt, feedsRoot, valuesHash, signature]) => ({
          ...{ report: { configDigest, sequence, observedAt, feedsRoot, valuesHash }, signature },
        }));
        return fc.tuple(side, side).map(([first, second]) => ({ kind, member, sequence, first, second }));
      });
    case "observation":
      return fc.tuple(u8, u64, lanes).chain(([member, sequence, count]) => {
        const side = fc
          .tuple(feedValues(count), u32, hex(32), u64, word, word, word)
          .map(([feeds, timestamp, inputsDigest, fuel, x, y, s]) => ({
            observation: { sequence, feeds, timestamp, inputsDigest, fuel },
            signature: { r8: { x, y }, s },
          }));
        return fc.tuple(side, side).map(([first, second]) => ({ kind, member, sequence, first, second }));
      });
  }
}

function hex(bytes: number): fc.Arbitrary<Hex> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => hexlify(value) as Hex);
}

/** Any vector whose unset lanes are 0. */
function feedValues(lanes: number): fc.Arbitrary<FeedValues> {
  const lane = fc.option(fc.bigInt({ min: MIN_VALUE, max: MAX_VALUE }), { nil: undefined });
  return fc.array(lane, { minLength: lanes, maxLength: lanes }).map((values) => ({
    mask: values.reduce((mask, value, index) => mask + (value === undefined ? 0 : 2 ** index), 0),
    values: values.map((value) => value ?? 0n),
  }));
}
