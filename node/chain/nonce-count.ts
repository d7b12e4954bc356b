import type { JsonRpcProvider } from "ethers";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { NonceSlots } from "./nonce-slots.ts";

/** A provider with more than one endpoint may be asked what the others say. */
export interface SecondOpinion {
  /**
   * The answer of an endpoint that is not asked first; undefined where there is only one.
   * @throws an error of the call, or QuorateError `chain-unreachable` if none of the others answers.
   */
  elsewhere(method: string, params: readonly unknown[]): Promise<unknown>;
}

export interface NonceCountDeps {
  readonly provider: JsonRpcProvider;
  readonly address: string;
  readonly slots: NonceSlots;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** How many transactions of this account the chain counts, which is the nonce of the next one. */
export interface NonceCount {
  /** Undefined while the answer must not be acted upon: it is far too high or too low, and not confirmed yet. */
  read(): Promise<number | undefined>;
}

/**
 * Nonces by which the chain may be ahead of, or behind, what is known here. An account fills gaps up to this one by empty
 * transactions; a wider one would cost more than it is worth.
 */
export const MAX_NONCE_GAP = 16;
/** How long a far higher count must stand: one wrong answer may be a balancer's, or another chain's. */
const JUMP_PATIENCE_MS = 15_000;
/** How long a chain may state fewer transactions than are final: an endpoint that lags; longer, and the chain was reset. */
const BEHIND_PATIENCE_MS = 60_000;

/** @param last the count as an earlier run of this node knew it; undefined for an account never used. */
export function createNonceCount(last: number | undefined, deps: NonceCountDeps): NonceCount {
  return new CheckedNonceCount(last, deps);
}

class CheckedNonceCount implements NonceCount {
  #last: number | undefined;
  readonly #deps: NonceCountDeps;
  #aheadSince: number | undefined;
  #behindSince: number | undefined;
  #behindTold = false;

  constructor(last: number | undefined, deps: NonceCountDeps) {
    this.#last = last;
    this.#deps = deps;
  }

  async read(): Promise<number | undefined> {
    const { provider, address } = this.#deps;
    const stated = await provider.getTransactionCount(address, "latest");
    const count = this.#isFarAhead(stated) ? await this.#confirmed(stated) : stated;
    if (!this.#isFarAhead(stated)) this.#aheadSince = undefined;
    if (count === undefined || this.#isBehind(count)) return undefined;
    this.#noteForeignUse(count);
    this.#last = count;
    return count;
  }

  #known(): number {
    return Math.max(this.#last ?? 0, (this.#deps.slots.all().at(-1)?.nonce ?? -1) + 1);
  }

  #isFarAhead(count: number): boolean {
    return count > this.#known() + MAX_NONCE_GAP;
  }

  /** Between two endpoints the lower count is right, or harmless: a nonce that is used already costs nothing. */
  async #confirmed(count: number): Promise<number | undefined> {
    const { provider, address, clock, log } = this.#deps;
    if (this.#aheadSince === undefined) {
      this.#aheadSince = clock.now();
      log.warn({ count, known: this.#known() }, "the account's nonce is far ahead of what is known: looking again");
    }
    if (clock.now() - this.#aheadSince < JUMP_PATIENCE_MS) return undefined;
    if (!hasSecondOpinion(provider)) return count;
    const other = await provider.elsewhere("eth_getTransactionCount", [address.toLowerCase(), "latest"]);
    if (other === undefined) return count;
    const least = Math.min(count, Number(other));
    return Number.isSafeInteger(least) ? least : undefined;
  }

  #isBehind(count: number): boolean {
    const { slots, clock, log } = this.#deps;
    if (count >= (slots.floor() ?? 0)) {
      this.#behindSince = undefined;
      this.#behindTold = false;
      return false;
    }
    this.#behindSince ??= clock.now();
    if (clock.now() - this.#behindSince < BEHIND_PATIENCE_MS) return true;
    if (!this.#behindTold)
      log.warn(
        { count },
        "the chain has forgotten final transactions of this account: was it reset? going on from its count",
      );
    this.#behindTold = true;
    slots.rewind(count);
    return false;
  }

  #noteForeignUse(count: number): void {
    if (this.#last === undefined || count <= this.#known()) return;
    this.#deps.log.warn(
      { transmitter: this.#deps.address },
      "the account's nonce moved without us: is the key used elsewhere? taking the chain's count",
    );
  }
}

function hasSecondOpinion(provider: JsonRpcProvider): provider is JsonRpcProvider & SecondOpinion {
  return "elsewhere" in provider;
}
