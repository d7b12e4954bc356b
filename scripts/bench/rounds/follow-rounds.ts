import { faultyOf } from "../../devnet/committee.ts";
import type { DevNetwork } from "../../devnet/network.ts";
import { ASKING, RoundRecorder } from "./round-recorder.ts";

/** Listens to every node of a network for as long as `watch` takes, and notes what they tell of their rounds. */
export async function followRounds<T>(
  { nodes }: DevNetwork,
  watch: (recorder: RoundRecorder) => Promise<T>,
): Promise<T> {
  const recorder = new RoundRecorder({ quorum: 2 * faultyOf(nodes.length) + 1 });
  const following = new AbortController();
  const followers = nodes.map(({ admin }, member) =>
    admin.follow((event) => {
      const stage = event.type === "stage" ? String(event.stage) : event.type;
      if (event.type === "stage" || event.type === ASKING)
        recorder.note({ member, sequence: BigInt(event.sequence), stage, at: event.at });
    }, following.signal),
  );
  try {
    return await watch(recorder);
  } finally {
    following.abort();
    await Promise.all(followers);
  }
}
