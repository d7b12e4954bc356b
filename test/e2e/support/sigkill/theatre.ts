import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Configuration, Timing } from "../../../../core/types/committee.ts";
import type { ReportDomain } from "../../../../core/types/report.ts";
import { FUEL_RULES } from "../../../../node/app/fetchers.ts";
import { DEV_CHAIN_ID, type DevChain, startDevChain } from "../../../support/dev-chain.ts";
import { createTestIdentity } from "../../../support/protocol-fixture.ts";
import { createRandom, type Random } from "../../../support/random.ts";
import { Puppets } from "./puppets.ts";
import { Recorder } from "./recorder.ts";
import { Stage } from "./stage.ts";
import { fetcherFeeds, Victim } from "./victim.ts";

const [F, LANES, PUPPETS] = [1, 4, 3];
/** Puppets answer at once and decide alone when an epoch ends. */
const TIMING: Timing = {
  deltaRound: 1_000,
  deltaGrace: 20,
  deltaProgress: 10_000,
  deltaResend: 2_000,
  deltaStage: 50,
  rMax: 1_000,
  window: 10,
};

/** Everything that a run needs: a chain, one real node and the puppets around it. */
export interface Theatre extends AsyncDisposable {
  readonly chain: DevChain;
  readonly configuration: Configuration;
  readonly domain: ReportDomain;
  readonly victim: Victim;
  readonly puppets: Puppets;
  readonly recorder: Recorder;
  readonly stage: Stage;
  readonly random: Random;
}

export interface TheatreOptions {
  readonly seed: number;
  /** The program to run instead of `quorate start`. */
  readonly script?: string;
}

/** A failure comes with the node's last words: its folder is gone afterwards. */
export async function inTheatre(options: TheatreOptions, play: (theatre: Theatre) => Promise<void>): Promise<void> {
  await using theatre = await openTheatre(options);
  try {
    await play(theatre);
  } catch (error) {
    console.error(`the node said, at last:\n${theatre.victim.lastWords}`);
    throw error;
  }
}

/** Sets all up, starts the node and waits until it is connected. */
async function openTheatre({ seed, script }: TheatreOptions): Promise<Theatre> {
  const random = createRandom(seed);
  const parts = new AsyncDisposableStack();
  try {
    const folder = mkdtempSync(path.join(tmpdir(), "quorate-sigkill-"));
    parts.defer(() => rmSync(folder, { recursive: true, force: true }));
    const chain = await startDevChain({ folder, n: PUPPETS + 1, f: F, lanes: LANES });
    parts.defer(() => chain.stop());
    const victim = await Victim.create(folder, random);
    parts.defer(() => victim.stop());
    const identities = await Promise.all(Array.from({ length: PUPPETS }, (_, i) => createTestIdentity(i + 1)));
    const configuration: Configuration = {
      ...{
        index: 1,
        f: F,
        lanes: LANES,
        fuelRules: FUEL_RULES,
        timing: TIMING,
        scheme: "ecdsa-quorum" as const,
        schnorrKeys: [],
        feeds: await fetcherFeeds(),
      },
      members: [victim.record.member, ...identities.map(({ member }) => member)],
    };
    const configDigest = await chain.configure(configuration);
    const domain = { chainId: BigInt(DEV_CHAIN_ID), hub: chain.deployment.hub };
    const recorder = new Recorder(0, { n: PUPPETS + 1, f: F, lanes: LANES });
    const puppets = await Puppets.start(
      { configuration, configDigest, domain, identities },
      { onFrame: (frame) => recorder.note(frame) },
    );
    parts.defer(() => puppets.stop());
    await victim.configure(chain, puppets.addresses, script);
    const stage = new Stage({ puppets, recorder, victim, random });
    await stage.restart();
    const running = parts.move();
    const all = { chain, configuration, domain, victim, puppets, recorder, stage, random };
    return { ...all, [Symbol.asyncDispose]: () => running.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}
