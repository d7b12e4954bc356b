import type { Committees } from "../../../../core/ports/chain.ts";
import type { CommitteeState, CommitteeStatus } from "../../../../core/types/committee.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { sequenceOf } from "../../../../core/types/sequence.ts";
import type { CommitteeInstance, StartInstanceOptions } from "../../../../node/app/committees/instance.ts";
import { createCommitteeMetrics } from "../../../../node/app/committees/metrics.ts";
import { createSupervisor } from "../../../../node/app/committees/supervisor.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";
import { createRecordingMeter } from "../../sandbox/support/recording-meter.ts";

const NEVER = 0xffff_ffff;
const digestOf = (index: number): Hex => `0x${index.toString(16).padStart(2, "0").repeat(32)}`;

/** A committee as the registry tells of it; a retired one ends an hour after the manual clock's start. */
export function committee(index: number, state: CommitteeState, validUntil = validityOf(state)): CommitteeStatus {
  return { digest: digestOf(index), index, state, validUntil };
}

function validityOf(state: CommitteeState): number {
  if (state === "active") return NEVER;
  return state === "retired" ? 1_700_000_000 + 3_600 : 0;
}

/** `reported` is the index of the configuration whose report the hub took last. */
export function onChain(statuses: readonly CommitteeStatus[], reported = 1): Committees {
  return { statuses, lastSequence: sequenceOf({ configIndex: reported, epoch: 1, round: 9 }) };
}

export interface FakeNodeOptions {
  /** Configurations that list this node; all unless given. */
  readonly lists?: (index: number) => boolean;

  /** May throw, as where a disk is full. */
  readonly remember?: (committees: Committees) => void;
  /** Called at each start; may throw, or wait for the signal. */
  readonly onStart?: (index: number, options: StartInstanceOptions) => Promise<void> | void;
}

/** A supervisor whose committees only note what is done to them. */
export function fakeNode({
  lists = () => true,
  remember = () => undefined,
  onStart = () => undefined,
}: FakeNodeOptions = {}) {
  const [clock, log, meter] = [createManualClock(), createRecordingLog(), createRecordingMeter()];
  const acts: string[] = [];
  const reviewed: number[] = [];
  const instanceOf = (index: number): CommitteeInstance => {
    let stopped = false;
    return {
      view: {
        status: () => ({ self: index }),
        finalOf: () => undefined,
        evidence: () => [],
        unreadyReasons: () => [],
      },
      async settle() {
        acts.push(`settle ${index}`);
        await clock.sleep(0);
      },
      stop({ abandon }) {
        if (!stopped || abandon) acts.push(`${abandon ? "abandon" : "stop"} ${index}`);
        stopped = true;
        return Promise.resolve();
      },
    };
  };
  const supervisor = createSupervisor(
    { signer: "0xaa" },
    {
      ...{ clock, log, metrics: createCommitteeMetrics(meter) },
      async start(digest, options) {
        const index = Number.parseInt(digest.slice(2, 4), 16);
        await onStart(index, options);
        if (!lists(index)) return undefined;
        acts.push(`start ${index}${options.rounds ? "" : " without rounds"}`);
        return instanceOf(index);
      },
      remember,
      review: ({ index }) => void reviewed.push(index),
    },
  );
  const phases = () => supervisor.overview().map(({ index, phase }) => `${index} ${phase}`);
  return { supervisor, clock, log, meter, acts, reviewed, phases };
}
