import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { CeremonyDeps } from "./deps.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { addKey } from "./next-key.ts";
import { makeFile } from "./snarkjs/run-job.ts";
import type { Transcript } from "./transcript.ts";

export interface BeaconOptions {
  readonly folder: string;
  /** Where the value comes from, for people: it was announced before the value existed. */
  readonly source: string;
  /** At least 32 bytes. */
  readonly value: Hex;
  /** log2 of the number of SHA-256 that separate the value from the secret. */
  readonly iterationsExp: number;
}

/** The name of the last contribution in every key. */
const NAME = "beacon";

/**
 * Ends a ceremony with a contribution whose secret is public, and which nobody could choose: without it the last participant
 * could make keys until one pleased them.
 * @throws QuorateError<CeremonyErrorData> `ceremony-unfinished` where nobody contributed yet: the beacon's secret is public.
 */
export async function applyBeacon({ folder, source, value, iterationsExp }: BeaconOptions, deps: CeremonyDeps) {
  return addKey(
    {
      folder,
      kind: "beacon",
      async make(from, to, transcript) {
        requireContribution(transcript);
        deps.progress(`applying the beacon, 2^${iterationsExp} hashes …`);
        const hash = value.slice(2);
        await makeFile({ kind: "beacon", from, to, name: NAME, hash, iterationsExp }, deps.progress);
      },
      enter: (transcript, { step }) => ({ ...transcript, beacon: { source, value, iterationsExp, ...step } }),
    },
    deps,
  );
}

function requireContribution({ contributions }: Transcript): void {
  if (contributions.length > 0) return;
  const message = "nobody contributed yet, and a beacon's secret is public: collect contributions first";
  throw new QuorateError<CeremonyErrorData>({ code: "ceremony-unfinished", missing: "contribution" }, message);
}
