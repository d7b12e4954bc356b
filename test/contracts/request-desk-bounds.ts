import { expect } from "chai";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { createTestCommittee } from "./support/committee.ts";
import {
  MANNER,
  ask,
  deployDesk,
  requestId,
  respond,
  signResponse,
  type DataRequest,
  type DeskSetting,
} from "./support/data-request.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";

/** For what a call costs before the receiver runs. */
const CALL_GAS = 10_000;

describe("RequestDesk, to the second and to the gas", () => {
  let network: TestNetwork;
  let setting: DeskSetting;
  let fresh: { restore(): Promise<void> };

  before(async () => {
    network = await createTestNetwork({ n: 4, f: 1 });
    setting = await deployDesk(network);
    fresh = await network.connection.networkHelpers.takeSnapshot();
  });

  beforeEach(() => fresh.restore());

  const answer = async (request: DataRequest) => {
    const response = await respond(network);
    const signatures = await signResponse(setting, { id: await requestId(setting, request), response });
    return [request, response, signatures] as const;
  };
  type Answer = Awaited<ReturnType<typeof answer>>;

  describe("needs the callback's gas, a 63rd of it and 10,000 when it calls", () => {
    /** The arguments of `TooLittleGas`; undefined where the answer is taken. */
    const refusal = (given: Answer, gasLimit: number): Promise<[left: number, needed: number] | undefined> =>
      setting.desk.fulfil.staticCall(...given, { gasLimit }).then(
        () => undefined,
        (error: unknown) => {
          const reason = setting.desk.interface.parseError((error as { data: string }).data);
          expect(reason?.name).to.equal("TooLittleGas");
          return [Number(reason?.args.left), Number(reason?.args.needed)];
        },
      );

    for (const callbackGas of [1, 62, 63, 64, 125, 126, 300_000, 1_000_000, 2_500_000]) {
      const needed = callbackGas + Math.floor(callbackGas / 63) + CALL_GAS;

      it(`of ${callbackGas} gas ${needed}, and no less: TooLittleGas`, async () => {
        await setting.receiver.behave(MANNER.fail, []);
        const often = await answer(await ask(setting, { callbackGas: 1_000_000 }));
        const [left] = (await refusal(often, 900_000))!;
        // What comes before the call costs the same, but for what the bytes of another request cost.
        const near = 900_000 - left + needed - 5_000;
        const given = await answer(await ask(setting, { callbackGas }));
        const [leftOfNear, told] = (await refusal(given, near))!;
        expect(told).to.equal(needed);
        const enough = near + needed - leftOfNear;
        expect(await refusal(given, enough - 1)).to.deep.equal([needed - 1, needed]);
        expect(await refusal(given, enough)).to.equal(undefined);
      });
    }
  });

  it("takes answers of a retired committee in the last second of its grace, and not in the next", async () => {
    const [owner] = await network.connection.ethers.getSigners();
    const next = createTestCommittee({ index: 2, seed: "next" });
    await configureCommittee(next.configuration, { ...network.domain, owner: owner! });
    const { validUntil } = await network.hub.tenureOf(1);
    const end = Number(validUntil);
    const { time } = network.connection.networkHelpers;
    await time.increaseTo(end - 20);
    const [first, second] = [await answer(await ask(setting)), await answer(await ask(setting))];
    await time.setNextBlockTimestamp(end);
    await setting.desk.fulfil(...first);
    await time.setNextBlockTimestamp(end + 1);
    await expect(setting.desk.fulfil(...second))
      .to.be.revertedWithCustomError(network.hub, "CommitteeNotValid")
      .withArgs(1, end + 1, end);
  });
});
