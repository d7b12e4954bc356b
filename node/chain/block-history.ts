/** What tells two blocks of one height apart. */
export interface BlockRef {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
}

/** What a new head means for what is known. */
export type HeadVerdict =
  | { readonly kind: "same" }
  | { readonly kind: "extended" }
  /** Lower than what is known: an endpoint that lags, or a shorter branch. Time tells. */
  | { readonly kind: "behind" }
  /** Blocks from this one on were replaced, as far as is known. */
  | { readonly kind: "reorganised"; readonly fromBlock: number };

/** The heads that were seen, each by its hash. They need not be consecutive: each stands for all blocks up to it. */
export interface BlockHistory {
  /**
   * Compares a head with the remembered ones and remembers it.
   * `hashOf` reads the hash that the chain now has at a height; undefined where it has no such block.
   */
  judge(head: BlockRef, hashOf: (number: number) => Promise<string | undefined>): Promise<HeadVerdict>;
  /** Takes a lower head for what the chain is now. @returns the first block that is gone. */
  acceptShorter(head: BlockRef): number;
}

/** Heads remembered: they span at least as many blocks, and no chain is known to replace as many. */
export const MAX_REMEMBERED_HEADS = 128;

type HashOf = (number: number) => Promise<string | undefined>;
type Known = readonly { readonly number: number; readonly hash: string }[];

export function createBlockHistory(): BlockHistory {
  // Replaced as a whole, once all questions are answered: a question that fails leaves it as it was.
  let known: Known = [];
  const remember = (upTo: Known, { number, hash }: BlockRef): void => {
    known = [...upTo.filter((block) => block.number < number), { number, hash }].slice(-MAX_REMEMBERED_HEADS);
  };

  return {
    async judge(head, hashOf) {
      const last = known.at(-1);
      if (last?.number === head.number && last.hash === head.hash) return { kind: "same" };
      if (last === undefined || (await follows(head, last, hashOf))) {
        remember(known, head);
        return { kind: "extended" };
      }
      const shared = await sharedPart(known, head, hashOf);
      const newest = shared.at(-1);
      // Nothing that was seen at its height or below is gone.
      const lower = known.filter(({ number }) => number <= head.number);
      if (head.number < last.number && shared.length === lower.length) return { kind: "behind" };
      remember(shared, head);
      // Where nothing is shared, nothing is known of the blocks before either.
      return { kind: "reorganised", fromBlock: newest === undefined ? 0 : newest.number + 1 };
    },
    acceptShorter(head) {
      const shared = known.filter(({ number }) => number <= head.number);
      remember(shared, head);
      return (shared.at(-1)?.number ?? -1) + 1;
    },
  };
}

async function follows(head: BlockRef, last: Known[number], hashOf: HashOf): Promise<boolean> {
  if (head.number <= last.number) return false;
  if (head.number === last.number + 1) return head.parentHash === last.hash;
  return (await hashOf(last.number)) === last.hash;
}

/** The remembered heads that the chain still has. A shared block shares all before it, so the newest one decides. */
async function sharedPart(known: Known, head: BlockRef, hashOf: HashOf): Promise<Known> {
  for (let length = known.length; length > 0; length--) {
    const block = known[length - 1];
    if (block === undefined || block.number > head.number) continue;
    const hash = block.number === head.number ? head.hash : await hashOf(block.number);
    if (hash === block.hash) return known.slice(0, length);
  }
  return [];
}
