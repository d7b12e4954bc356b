/** What a node does for one committee. */
export const PHASES = ["idle", "starting", "running", "settling", "failed", "not-listed", "ended"] as const;
export type Phase = (typeof PHASES)[number];
