import { decodeBytes32String } from "ethers";
import { finalRefusal } from "../../core/consensus/finalisation.ts";
import type { RefusalCode } from "../../core/consensus/protocol.ts";
import { decodeMessage, type WireShape } from "../../core/consensus/wire.ts";
import { formatDecimal } from "../../core/feeds/decimal.ts";
import { createMedianReporting } from "../../core/feeds/median-reporting.ts";
import type { ChainConfiguration } from "../../core/ports/chain.ts";
import type { FeedSpec } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import { createProtocolVerifier } from "../keys/protocol-crypto.ts";

export interface WatchedFeed {
  readonly id: Hex;
  readonly name: string;
  readonly decimals: number;
  /** Exact, in whole units. */
  readonly value: string;
}

/** A final report that was verified completely: what a person or a program wants of it. */
export interface WatchedFinal {
  readonly configDigest: Hex;
  readonly configIndex: number;
  readonly sequence: bigint;
  readonly epoch: number;
  readonly round: number;
  /** Unix seconds. */
  readonly observedAt: number;
  readonly digest: Hex;
  /** Those in the report, in canonical order. */
  readonly feeds: readonly WatchedFeed[];
  /** Committee indices: who signed the report, and whose observations it was made from. */
  readonly signers: readonly number[];
  readonly observers: readonly number[];
}

export type FinalJudgement =
  | { readonly kind: "final"; readonly final: WatchedFinal }
  /** The slot and the digest are known already, from another member. */
  | { readonly kind: "duplicate" }
  /** Of a slot before one that is final: late, or an attempt to pass off an old price. */
  | { readonly kind: "stale" }
  /** Not what the committee agreed on. */
  | { readonly kind: "forged"; readonly code: RefusalCode }
  /** Another report of a slot than the one before, and as valid: more than f members are faulty. */
  | { readonly kind: "conflict"; readonly final: WatchedFinal };

/** Judges the finals of one configuration. */
export interface FinalJudge {
  /** Of the only length that its finals have. `newestOnChain` is the newest sequence that the hub took. */
  judge(bytes: Uint8Array, newestOnChain: bigint): FinalJudgement;
}

/**
 * Verifies finals as a member does, with public keys alone: f+1 signatures over the report, 2f+1 signed observations, and
 * the report recomputed from them. The cheap questions come first.
 */
export function createFinalJudge({
  configuration,
  digest: configDigest,
  hub,
  chainId,
}: ChainConfiguration): FinalJudge {
  const { members, f, lanes, index } = configuration;
  const domain = { chainId, hub };
  const shape: WireShape = { n: members.length, f, lanes };
  const context = {
    size: shape,
    plugin: createMedianReporting({ configuration, configDigest, domain }),
    crypto: createProtocolVerifier({ domain, configDigest, members }),
  };
  let newest: FinalReport | undefined;

  const watched = ({ report, digest, feeds, signatures, observations }: FinalReport): WatchedFinal => ({
    ...{ configDigest, configIndex: index, sequence: report.sequence, digest, observedAt: report.observedAt },
    ...{ epoch: slotOf(report.sequence).epoch, round: slotOf(report.sequence).round },
    feeds: configuration.feeds.flatMap((spec, lane) =>
      (feeds.mask & (1 << lane)) === 0 ? [] : [watchedFeed(spec, feeds.values[lane] ?? 0n)],
    ),
    signers: signatures.map(({ signer }) => signer),
    observers: observations.map(({ observer }) => observer),
  });

  return {
    judge(bytes, newestOnChain) {
      const message = decodeMessage(bytes, shape);
      if (message?.kind !== "final") return { kind: "forged", code: "malformed" };
      const { final } = message;
      const { sequence, configDigest: stated } = final.report;
      if (stated !== configDigest || slotOf(sequence).configIndex !== index)
        return { kind: "forged", code: "wrong-configuration" };
      const known = newest?.report.sequence ?? 0n;
      if (sequence < known || sequence < newestOnChain) return { kind: "stale" };
      // Nothing else of it is looked at: what this one is, was told already.
      if (sequence === known && final.digest === newest?.digest) return { kind: "duplicate" };
      const code = finalRefusal(context, final);
      if (code !== undefined) return { kind: "forged", code };
      if (sequence === known) return { kind: "conflict", final: watched(final) };
      newest = final;
      return { kind: "final", final: watched(final) };
    },
  };
}

function watchedFeed({ id, decimals }: FeedSpec, value: bigint): WatchedFeed {
  return { id, name: nameOf(id), decimals, value: formatDecimal(value, decimals) };
}

/** A feed's name where its id is one: the bytes of a short text. */
function nameOf(id: Hex): string {
  try {
    const name = decodeBytes32String(id);
    return /^[\x21-\x7e]+$/.test(name) ? name : id;
  } catch {
    return id;
  }
}
