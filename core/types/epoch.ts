/** What a node remembers of its epochs over a restart. */
export interface EpochRecord {
  readonly epoch: number;
  /** The highest epoch that it has asked for. */
  readonly wish: number;
  /** The first epoch in which it binds itself; NOT_YET_KNOWN while a node that lost its memory finds out. */
  readonly bindsFrom: number;
}

/** Above every epoch: a node with this `bindsFrom` binds itself in none. */
export const NOT_YET_KNOWN = 0xffff_ffff;
