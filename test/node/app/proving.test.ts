import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interface, ZeroAddress } from "ethers";
import type { Hex } from "../../../core/types/hex.ts";
import type { Platform } from "../../../node/app/platform.ts";
import type { SharedParts } from "../../../node/app/shared-parts.ts";
import { createCommitteeProving } from "../../../node/app/proving.ts";
import { committeeRegistryAbi, medianVerifierAbi } from "../../../node/chain/generated/abi.ts";
import { createProtocolFixture, FIXTURE_DIGEST, FIXTURE_DOMAIN } from "../../support/protocol-fixture.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { recordedMetrics, spiedStore } from "../rounds/fixtures.ts";

const { configuration, identities } = await createProtocolFixture({ lanes: 8 });
const VERIFIER = `0x${"77".repeat(20)}`;
const LOCAL: Hex = `0x${"aa".repeat(32)}`;
const [registry, median] = [new Interface(committeeRegistryAbi), new Interface(medianVerifierAbi)];

/** A chain whose registry names this verifier, which was made with this key. */
function chainWith({ verifier = VERIFIER, key = LOCAL as string }) {
  const committee = [ZeroAddress, 4, 1, 8, 8, 10, 1, 0];
  return {
    call({ data }: { data: string }) {
      const isStatement = data.startsWith(registry.getFunction("statement")?.selector ?? "-");
      const answer = isStatement
        ? registry.encodeFunctionResult("statement", [[committee, 2, verifier, 0]])
        : median.encodeFunctionResult("verificationKeyDigest", [key]);
      return Promise.resolve(answer);
    },
  };
}

async function start(chain: ReturnType<typeof chainWith>) {
  const log = createRecordingLog();
  const { store } = spiedStore([], FIXTURE_DIGEST, 8);
  const platform = { config: { prover: { enabled: true } }, log, clock: createManualClock() };
  const shared = {
    ...{ registry: `0x${"11".repeat(20)}`, connection: { provider: chain }, metrics: recordedMetrics().metrics },
    provers: { proverFor: () => Promise.resolve({ verificationKeyDigest: LOCAL }) },
  };
  const proving = await createCommitteeProving(platform as unknown as Platform, shared as unknown as SharedParts, {
    ...{ store, onMissing: () => undefined },
    reader: {
      feeds: () => Promise.resolve([]),
      awaitsProof: () => Promise.resolve(false),
      lastSequence: () => Promise.resolve(0n),
    },
    membership: {
      chain: { ...FIXTURE_DOMAIN, configuration, digest: FIXTURE_DIGEST },
      identity: identities[0]!,
      self: 0,
    },
  });
  return { proving, lines: log.lines };
}

describe("proofs of a committee", () => {
  it("are made where the verifier on the chain has the key of this release's circuit", async () => {
    const { proving, lines } = await start(chainWith({}));
    assert.ok(proving !== undefined);
    assert.deepEqual(lines, []);
  });

  it("are not made for a verifier with another key: none would hold", async () => {
    const { proving, lines } = await start(chainWith({ key: `0x${"bb".repeat(32)}` }));
    assert.equal(proving, undefined);
    assert.deepEqual(
      lines.map(({ level }) => level),
      ["error"],
    );
    assert.match(lines.map(({ message }) => message).join(), /run the release that it was deployed with/);
  });

  it("are not made where the committee has no verifier", async () => {
    const { proving, lines } = await start(chainWith({ verifier: ZeroAddress }));
    assert.equal(proving, undefined);
    assert.match(lines.map(({ message }) => message).join(), /staged without a verifier/);
  });
});
