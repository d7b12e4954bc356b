import { expect } from "chai";
import { Interface, ZeroAddress, id } from "ethers";
import type { Hex } from "../../core/types/hex.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { createTestCommittee } from "./support/committee.ts";
import {
  LIFETIME,
  MANNER,
  ask,
  deployDesk,
  passDeadline,
  requestId,
  respond,
  responseDigest,
  signResponse,
  type DataRequest,
  type DataResponse,
  type DeskSetting,
  type SignOptions,
} from "./support/data-request.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";

const MODULE = id("module");
const PAYEE = "0x00000000000000000000000000000000000FEE00";

describe("RequestDesk", () => {
  let network: TestNetwork;
  let setting: DeskSetting;
  let fresh: { restore(): Promise<void> };

  before(async () => {
    network = await createTestNetwork({ n: 4, f: 1 });
    setting = await deployDesk(network);
    fresh = await network.connection.networkHelpers.takeSnapshot();
  });

  beforeEach(() => fresh.restore());

  /** Everything that `fulfil` takes, for one open request. */
  const answered = async (
    { request, ...change }: Partial<DataResponse> & { readonly request?: DataRequest } = {},
    options: SignOptions = {},
  ) => {
    const asked = request ?? (await ask(setting));
    const response = await respond(network, change);
    const requested = await requestId(setting, asked);
    return {
      request: asked,
      id: requested,
      response,
      signatures: await signResponse(setting, { id: requested, response }, options),
    };
  };
  type Answered = Awaited<ReturnType<typeof answered>>;
  const fulfil = ({ request, response, signatures }: Answered) => setting.desk.fulfil(request, response, signatures);
  const receiverState = async () => ({
    id: await setting.receiver.lastId(),
    result: await setting.receiver.lastResult(),
    observedAt: await setting.receiver.lastObservedAt(),
  });
  const deskBalance = async () => network.connection.ethers.provider.getBalance(setting.desk);

  describe("takes a request", () => {
    it("with its fee, under the id that TypeScript computes, and tells the nodes all of it", async () => {
      const [asker] = await network.connection.ethers.getSigners();
      const call = setting.desk.requestData(MODULE, "0x1234", 5, 3, { value: 77n });
      const transaction = await call;
      const deadline = (await network.connection.networkHelpers.time.latest()) + LIFETIME;
      const request = {
        requester: asker!.address,
        nonce: 0n,
        moduleDigest: MODULE,
        paramsHash: "0x56570de287d73cd1cb6092bb8fdee6173974955fdef345ae579ee9f475ea7432",
        callbackGas: 5,
        minResponses: 3,
        deadline,
        fee: 77n,
      };
      const expected = await requestId(setting, request);
      await expect(transaction)
        .to.emit(setting.desk, "DataRequested")
        .withArgs(expected, MODULE, Object.values(request), "0x1234");
      expect(await setting.desk.requestIdOf(request)).to.equal(expected);
      expect([await setting.desk.isOpen(expected), await deskBalance()]).to.deep.equal([true, 77n]);
    });

    it("as often as it is made: two that are equal have two ids", async () => {
      await network.connection.ethers.provider.send("evm_setAutomine", [false]);
      const calls = [0, 1].map(() => setting.desk.requestData(MODULE, "0x", 0, 2, { value: 1n, gasLimit: 300_000 }));
      const [first, second] = await Promise.all(calls);
      await network.connection.ethers.provider.send("evm_mine", []);
      await network.connection.ethers.provider.send("evm_setAutomine", [true]);
      const ids = await Promise.all([first!, second!].map(async (sent) => (await sent.wait())!.logs[0]!.topics[1]));
      expect(new Set(ids).size).to.equal(2);
      expect(await setting.desk.requestCount()).to.equal(2n);
    });

    const refused: readonly {
      name: string;
      error: string;
      args: readonly unknown[];
      asked: readonly [string, number, number];
    }[] = [
      {
        name: "4,097 bytes of parameters",
        error: "ParamsTooLong",
        args: [4097, 4096],
        asked: [`0x${"00".repeat(4097)}`, 0, 2],
      },
      {
        name: "too much gas for its callback",
        error: "TooMuchCallbackGas",
        args: [2_500_001, 2_500_000],
        asked: ["0x", 2_500_001, 2],
      },
      { name: "f signatures", error: "WrongResponseCount", args: [1, 2, 4], asked: ["0x", 0, 1] },
      { name: "n + 1 signatures", error: "WrongResponseCount", args: [5, 2, 4], asked: ["0x", 0, 5] },
    ];
    for (const { name, error, args, asked } of refused) {
      it(`but not for ${name}: ${error}`, async () => {
        await expect(setting.desk.requestData(MODULE, ...asked))
          .to.be.revertedWithCustomError(setting.desk, error)
          .withArgs(...args);
      });
    }

    it("up to each of its bounds", async () => {
      await setting.desk.requestData(MODULE, `0x${"00".repeat(4096)}`, 2_500_000, 4);
      await setting.desk.requestData(MODULE, "0x", 0, 2);
    });

    it("only while there is a committee to answer it", async () => {
      const call = () => setting.desk.requestData(MODULE, "0x", 0, 2);
      await network.registry.pause();
      await expect(call()).to.be.revertedWithCustomError(network.hub, "CommitteePaused").withArgs(1);
      await network.registry.unpause();
      await call();
      await network.registry.revoke(network.configDigest);
      await expect(call()).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
    });
  });

  describe("takes an answer", () => {
    it("from anybody, hands it over, and credits the fee to whom the members named", async () => {
      const given = await answered({ payee: PAYEE });
      const [, stranger] = await network.connection.ethers.getSigners();
      expect(await setting.desk.digestOf(given.id, network.configDigest, given.response)).to.equal(
        await responseDigest(setting, given),
      );
      const { result, observedAt } = given.response;
      await expect(setting.desk.connect(stranger).fulfil(given.request, given.response, given.signatures))
        .to.emit(setting.desk, "RequestFulfilled")
        .withArgs(given.id, network.configDigest, PAYEE, observedAt, result)
        .and.not.to.emit(setting.desk, "CallbackFailed");
      expect(await receiverState()).to.deep.equal({ id: given.id, result, observedAt: BigInt(observedAt) });
      expect([await setting.desk.isOpen(given.id), await setting.desk.credits(PAYEE)]).to.deep.equal([false, 1000n]);
      expect(await deskBalance()).to.equal(1000n);
    });

    it("and credits its bringer where the members named nobody", async () => {
      const [, stranger] = await network.connection.ethers.getSigners();
      for (const credit of [1000n, 2000n]) {
        const { request, response, signatures } = await answered({ payee: ZeroAddress });
        await setting.desk.connect(stranger).fulfil(request, response, signatures);
        expect(await setting.desk.credits(stranger!)).to.equal(credit);
      }
    });

    it("with as many signatures as were asked for, by any members", async () => {
      for (const signers of [
        [1, 3],
        [0, 2, 3],
        [0, 1, 2, 3],
      ]) {
        const request = await ask(setting, { minResponses: signers.length });
        await fulfil(await answered({ request }, { signers }));
      }
    });

    it("until its deadline and from the edges of its time", async () => {
      const { time } = network.connection.networkHelpers;
      const request = await ask(setting);
      const requestedAt = request.deadline - LIFETIME;
      await setting.desk.fulfil.staticCall(...argsOf(await answered({ request, observedAt: requestedAt - 10 })));
      await time.increaseTo(request.deadline - 1);
      const last = await answered({ request, observedAt: request.deadline + 10 });
      await time.setNextBlockTimestamp(request.deadline);
      await fulfil(last);
    });

    it("of a retired committee in its grace, and of its successor", async () => {
      const [owner] = await network.connection.ethers.getSigners();
      const [first, second] = [await ask(setting), await ask(setting)];
      const committee = createTestCommittee({ index: 2, seed: "next" });
      const configDigest = await configureCommittee(committee.configuration, { ...network.domain, owner: owner! });
      await fulfil(await answered({ request: first }));
      const successor = { ...setting, network: { ...network, committee, configDigest } };
      const response = await respond(successor.network);
      const signatures = await signResponse(successor, { id: await requestId(setting, second), response });
      await setting.desk.fulfil(second, response, signatures);
    });

    it("without a call where none was asked for, as of an account without code", async () => {
      const request = await ask(setting, { callbackGas: 0 });
      const given = await answered({ request });
      expect(await setting.desk.fulfil.staticCall(...argsOf(given))).to.equal(false);
      await expect(fulfil(given)).not.to.emit(setting.desk, "CallbackFailed");
      expect((await receiverState()).result).to.equal("0x");
    });
  });

  const argsOf = ({ request, response, signatures }: Answered) => [request, response, signatures] as const;

  describe("refuses an answer", () => {
    const otherRequests: readonly { field: keyof DataRequest; value: unknown }[] = [
      { field: "requester", value: PAYEE },
      { field: "nonce", value: 1n },
      { field: "moduleDigest", value: id("other") },
      { field: "paramsHash", value: id("other") },
      { field: "callbackGas", value: 299_999 },
      { field: "minResponses", value: 3 },
      { field: "deadline", value: 2 ** 32 - 1 },
      { field: "fee", value: 1001n },
    ];
    for (const { field, value } of otherRequests) {
      it(`and a refund to a request with another ${field}: NotOpen`, async () => {
        const { request } = await answered();
        const forged = { ...request, [field]: value };
        const given = await answered({ request: forged });
        await expect(fulfil(given)).to.be.revertedWithCustomError(setting.desk, "NotOpen").withArgs(given.id);
        await passDeadline(network.connection, request);
        await expect(setting.desk.refund(forged)).to.be.revertedWithCustomError(setting.desk, "NotOpen");
      });
    }

    const changed: readonly { name: string; change: Partial<DataResponse> }[] = [
      { name: "result", change: { result: "0xabcdee" } },
      { name: "payee", change: { payee: PAYEE } },
    ];
    for (const { name, change } of changed) {
      it(`with another ${name} than was signed: WrongSigner`, async () => {
        const given = await answered();
        const forged = { ...given, response: { ...given.response, ...change } };
        await expect(fulfil(forged)).to.be.revertedWithCustomError(network.hub, "WrongSigner");
      });
    }

    it("with another time than was signed: WrongSigner", async () => {
      const given = await answered();
      const response = { ...given.response, observedAt: given.response.observedAt + 1 };
      await expect(fulfil({ ...given, response })).to.be.revertedWithCustomError(network.hub, "WrongSigner");
    });

    const signatures: readonly { name: string; error: string; options: () => SignOptions }[] = [
      { name: "too few members", error: "WrongSignaturesLength", options: () => ({ signers: [2] }) },
      { name: "too many members", error: "WrongSignaturesLength", options: () => ({ signers: [0, 1, 2] }) },
      { name: "another chain", error: "WrongSigner", options: () => ({ chainId: 1n }) },
      { name: "another desk", error: "WrongSigner", options: () => ({ verifyingContract: network.domain.hub }) },
      { name: "another configuration", error: "WrongSigner", options: () => ({ configDigest: id("other") as Hex }) },
    ];
    for (const { name, error, options } of signatures) {
      it(`signed for or by ${name}: ${error}`, async () => {
        await expect(fulfil(await answered({}, options()))).to.be.revertedWithCustomError(network.hub, error);
      });
    }

    it("to another request", async () => {
      const [first, second] = [await ask(setting), await ask(setting)];
      const given = await answered({ request: first });
      await expect(fulfil({ ...given, request: second })).to.be.revertedWithCustomError(network.hub, "WrongSigner");
    });

    it("with a bitmap of another number of members than signatures: WrongSignerCount", async () => {
      const given = await answered();
      const bitmap = `0x0000000f${given.signatures.slice(10)}` as Hex;
      await expect(fulfil({ ...given, signatures: bitmap })).to.be.revertedWithCustomError(
        network.hub,
        "WrongSignerCount",
      );
    });

    it("of more than 4,096 bytes: ResultTooLong", async () => {
      await fulfil(await answered({ result: `0x${"00".repeat(4096)}` }));
      await expect(fulfil(await answered({ result: `0x${"00".repeat(4097)}` })))
        .to.be.revertedWithCustomError(setting.desk, "ResultTooLong")
        .withArgs(4097, 4096);
    });

    it("from before the request, and from the future: ObservedOutsideRequest", async () => {
      const request = await ask(setting);
      const requestedAt = request.deadline - LIFETIME;
      for (const observedAt of [requestedAt - 11, requestedAt + 12]) {
        const given = await answered({ request, observedAt });
        await network.connection.networkHelpers.time.setNextBlockTimestamp(requestedAt + 1);
        await expect(fulfil(given))
          .to.be.revertedWithCustomError(setting.desk, "ObservedOutsideRequest")
          .withArgs(observedAt, requestedAt - 10, requestedAt + 11);
      }
    });

    it("after the deadline: DeadlinePassed", async () => {
      const given = await answered();
      await passDeadline(network.connection, given.request);
      await expect(fulfil(given))
        .to.be.revertedWithCustomError(setting.desk, "DeadlinePassed")
        .withArgs(given.id, given.request.deadline);
    });

    it("to a request that has ended: NotOpen", async () => {
      const given = await answered();
      await fulfil(given);
      await expect(fulfil(given)).to.be.revertedWithCustomError(setting.desk, "NotOpen").withArgs(given.id);
      await passDeadline(network.connection, given.request);
      await expect(setting.desk.refund(given.request)).to.be.revertedWithCustomError(setting.desk, "NotOpen");
    });

    it("of a committee that is paused: CommitteePaused, was revoked or never in force: CommitteeNotValid", async () => {
      const given = await answered();
      const refusedAs = (configIndex: number, error = "CommitteeNotValid") =>
        expect(fulfil({ ...given, response: { ...given.response, configIndex } })).to.be.revertedWithCustomError(
          network.hub,
          error,
        );
      await refusedAs(0);
      await refusedAs(2);
      await network.registry.pause();
      await refusedAs(1, "CommitteePaused");
      await network.registry.unpause();
      const [owner] = await network.connection.ethers.getSigners();
      const next = createTestCommittee({ index: 2, seed: "next" });
      await configureCommittee(next.configuration, { ...network.domain, owner: owner! });
      await setting.desk.fulfil.staticCall(...argsOf(given));
      await network.registry.revoke(network.configDigest);
      await refusedAs(1);
    });

    it("of a committee that is over, to a request made in its grace: CommitteeNotValid", async () => {
      const { time } = network.connection.networkHelpers;
      const [owner] = await network.connection.ethers.getSigners();
      const next = createTestCommittee({ index: 2, seed: "next" });
      await configureCommittee(next.configuration, { ...network.domain, owner: owner! });
      await time.increase(3_595);
      const given = await answered();
      await time.increase(5);
      await expect(fulfil(given)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
    });

    it("of a committee whose f+1 is above the number asked for: WrongResponseCount", async () => {
      const request = await ask(setting, { minResponses: 2 });
      const [owner] = await network.connection.ethers.getSigners();
      const committee = createTestCommittee({ index: 2, seed: "bigger", n: 7, f: 2 });
      const configDigest = await configureCommittee(committee.configuration, { ...network.domain, owner: owner! });
      const bigger = { ...setting, network: { ...network, committee, configDigest } };
      const response = await respond(bigger.network);
      const signed = await signResponse(bigger, { id: await requestId(setting, request), response });
      await expect(setting.desk.fulfil(request, response, signed))
        .to.be.revertedWithCustomError(setting.desk, "WrongResponseCount")
        .withArgs(2, 3, 7);
    });
  });

  describe("is unmoved by a receiver that", () => {
    const manners: readonly { name: string; manner: keyof typeof MANNER }[] = [
      { name: "reverts", manner: "fail" },
      { name: "burns all of its gas", manner: "burn" },
      { name: "returns a megabyte", manner: "returnBomb" },
      { name: "reverts with a megabyte", manner: "revertBomb" },
    ];
    for (const { name, manner } of manners) {
      it(`${name}: the request is over, the fee credited, and the failure told`, async () => {
        await setting.receiver.behave(MANNER[manner], []);
        const given = await answered({ payee: PAYEE });
        const before = await network.connection.networkHelpers.takeSnapshot();
        await setting.receiver.behave(MANNER.keep, []);
        const quiet = await (await fulfil(given)).wait();
        await before.restore();
        expect(await setting.desk.fulfil.staticCall(...argsOf(given))).to.equal(false);
        const receipt = await (await fulfil(given)).wait();
        const failures = receipt!.logs.filter(({ topics }) => topics[0] === id("CallbackFailed(bytes32)"));
        expect(failures.map(({ topics }) => topics[1])).to.deep.equal([given.id]);
        const more = receipt!.gasUsed - quiet!.gasUsed;
        expect(Number(more), "no more than the callback's gas").to.be.below(300_000);
        expect([await setting.desk.isOpen(given.id), await setting.desk.credits(PAYEE)]).to.deep.equal([false, 1000n]);
      });
    }

    it("returns a megabyte with gas enough for it: nothing is copied", async () => {
      await setting.receiver.behave(MANNER.returnBomb, []);
      const request = await ask(setting, { callbackGas: 2_500_000 });
      const given = await answered({ request });
      expect(await setting.desk.fulfil.staticCall(...argsOf(given))).to.equal(true);
      const receipt = await (await fulfil(given)).wait();
      // A megabyte of memory costs 2 million gas; copied, it would again.
      expect(Number(receipt!.gasUsed)).to.be.below(2_500_000);
    });

    it("calls the desk again: its request has ended, and each credit is paid once", async () => {
      const { desk, receiver } = setting;
      const address = await receiver.getAddress();
      // Gas for all of it: where some is lacking, other calls of these pass.
      const other = await ask(setting, { callbackGas: 1_000_000, fee: 5n });
      const request = await ask(setting, { callbackGas: 2_500_000, fee: 7n });
      const given = await answered({ request, payee: address });
      const otherGiven = await answered({ request: other, payee: address });
      const encode = desk.interface as Interface;
      await receiver.behave(MANNER.reenter, [
        encode.encodeFunctionData("fulfil", argsOf(given)),
        encode.encodeFunctionData("refund", [request]),
        encode.encodeFunctionData("withdraw", [address]),
        encode.encodeFunctionData("withdraw", [address]),
        encode.encodeFunctionData("fulfil", argsOf(otherGiven)),
        encode.encodeFunctionData("requestData", [MODULE, "0x", 0, 2]),
      ]);
      await fulfil(given);
      // The fee of its own request, and another request's end: once each. Inside `withdraw` and the other's callback it did the same.
      expect(await receiver.passed()).to.equal(0b110100n);
      expect([await desk.isOpen(given.id), await desk.isOpen(otherGiven.id)]).to.deep.equal([false, false]);
      const paid = await network.connection.ethers.provider.getBalance(address);
      expect(paid + (await desk.credits(address))).to.equal(12n);
      expect(await deskBalance()).to.equal(await desk.credits(address));
    });
  });

  describe("gives the receiver exactly the gas that it asked for", () => {
    it("whatever the transaction brings, or takes no answer", async () => {
      await setting.receiver.behave(MANNER.insist, []);
      const request = await ask(setting, { callbackGas: 1_000_000 });
      const given = await answered({ request });
      let taken = 0;
      for (let gasLimit = 1_000_000; gasLimit <= 1_160_000; gasLimit += 2_000) {
        const outcome = await setting.desk.fulfil
          .staticCall(...argsOf(given), { gasLimit })
          .catch(() => "refused" as const);
        expect(outcome, `${gasLimit} gas`).to.be.oneOf([true, "refused"]);
        if (outcome === true) taken++;
      }
      expect(taken, "from some limit on it is taken").to.be.within(10, 70);
      await setting.receiver.behave(MANNER.keep, []);
      const seen = [];
      for (const gasLimit of [1_250_000, 5_000_000]) {
        const once = await network.connection.networkHelpers.takeSnapshot();
        await setting.desk.fulfil(...argsOf(given), { gasLimit });
        seen.push(await setting.receiver.gasSeen());
        await once.restore();
      }
      expect(seen[0]).to.equal(seen[1]);
      expect(Number(seen[0])).to.be.within(999_000, 1_000_000);
    });

    it("and says what is missing: TooLittleGas", async () => {
      const request = await ask(setting, { callbackGas: 1_000_000 });
      const given = await answered({ request });
      await expect(setting.desk.fulfil(...argsOf(given), { gasLimit: 900_000 })).to.be.revertedWithCustomError(
        setting.desk,
        "TooLittleGas",
      );
    });
  });

  describe("gives a fee back", () => {
    it("after the deadline, once, to the requester, whoever asks for it", async () => {
      const request = await ask(setting);
      const requested = await requestId(setting, request);
      const [, stranger] = await network.connection.ethers.getSigners();
      const desk = setting.desk.connect(stranger);
      const { time } = network.connection.networkHelpers;
      await time.setNextBlockTimestamp(request.deadline);
      await expect(desk.refund(request))
        .to.be.revertedWithCustomError(desk, "DeadlineNotPassed")
        .withArgs(requested, request.deadline);
      await time.setNextBlockTimestamp(request.deadline + 1);
      await expect(desk.refund(request)).to.emit(desk, "RequestRefunded").withArgs(requested);
      expect([await desk.isOpen(requested), await desk.credits(request.requester)]).to.deep.equal([false, 1000n]);
      await expect(desk.refund(request)).to.be.revertedWithCustomError(desk, "NotOpen").withArgs(requested);
    });

    it("though there is no committee any more, and during a pause", async () => {
      const request = await ask(setting);
      await network.registry.pause();
      await network.registry.revoke(network.configDigest);
      await passDeadline(network.connection, request);
      await setting.desk.refund(request);
      expect(await setting.desk.credits(request.requester)).to.equal(1000n);
    });
  });

  describe("pays what it owes", () => {
    const credited = async () => {
      const request = await ask(setting);
      await passDeadline(network.connection, request);
      await setting.desk.refund(request);
    };

    it("to whom the creditor says, and nothing twice", async () => {
      await credited();
      const [payer, other] = await network.connection.ethers.getSigners();
      await expect(setting.receiver.withdraw(PAYEE))
        .to.emit(setting.desk, "Withdrawn")
        .withArgs(await setting.receiver.getAddress(), PAYEE, 1000n);
      expect(await network.connection.ethers.provider.getBalance(PAYEE)).to.equal(1000n);
      for (const signer of [payer!, other!]) {
        await expect(setting.desk.connect(signer).withdraw(PAYEE))
          .to.be.revertedWithCustomError(setting.desk, "NothingToWithdraw")
          .withArgs(signer.address);
      }
      await expect(setting.receiver.withdraw(PAYEE)).to.be.revertedWithCustomError(setting.desk, "NothingToWithdraw");
    });

    it("or keeps it for one who cannot take it", async () => {
      await credited();
      const { receiver } = setting;
      await receiver.behave(MANNER.fail, []);
      await expect(receiver.withdraw(await receiver.getAddress())).to.be.revertedWithCustomError(receiver, "Unwilling");
      expect(await setting.desk.credits(receiver)).to.equal(1000n);
      await receiver.withdraw(PAYEE);
    });

    it("to nobody by chance: it takes no money but fees", async () => {
      const [sender] = await network.connection.ethers.getSigners();
      const transfer = sender!.sendTransaction({ to: await setting.desk.getAddress(), value: 1n });
      await expect(transfer).to.be.revert(network.connection.ethers);
    });
  });
});
