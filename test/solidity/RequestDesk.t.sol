// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICommitteeHub} from "../../contracts/interfaces/ICommitteeHub.sol";
import {DataRequest, DataResponse, IRequestDesk} from "../../contracts/interfaces/IRequestDesk.sol";
import {MockDataReceiver} from "../../contracts/mocks/MockDataReceiver.sol";
import {RequestDesk} from "../../contracts/requests/RequestDesk.sol";
import {StubHub} from "./StubHub.sol";
import {vm} from "./Vm.sol";

/// @notice Everything that can happen at a desk, in any order, with receivers of every manner. Calls may fail; what they must
/// never do is noted here, since a runner forgives a revert.
contract RequestActions {
    uint256 private constant RECEIVERS = 3;
    bytes32 private constant CONFIG = bytes32("digest");

    RequestDesk public immutable desk;
    StubHub private immutable hub;
    MockDataReceiver[] private _receivers;
    DataRequest[] private _requests;
    /// How often a request ended.
    uint256[] private _ends;
    /// @notice What an attempt achieved that it must not.
    string public breach;
    /// @notice How much of everything happened, so that a test can tell that it happened at all.
    uint256 public fulfilments;
    uint256 public refunds;
    uint256 public withdrawals;

    constructor() {
        hub = new StubHub();
        desk = new RequestDesk(ICommitteeHub(address(hub)));
        for (uint256 i = 0; i < RECEIVERS; ++i) _receivers.push(new MockDataReceiver(desk));
    }

    function ask(uint256 who, uint96 fee, uint32 callbackGas, uint8 minResponses, bytes calldata params) external {
        MockDataReceiver receiver = _receivers[who % RECEIVERS];
        callbackGas %= 400_000;
        minResponses = uint8(2 + (minResponses % 3));
        uint64 nonce = desk.requestCount();
        receiver.ask{value: fee}(CONFIG, params, callbackGas, minResponses);
        _requests.push(
            DataRequest({
                requester: address(receiver),
                nonce: nonce,
                moduleDigest: CONFIG,
                paramsHash: keccak256(params),
                callbackGas: callbackGas,
                minResponses: minResponses,
                deadline: uint32(block.timestamp) + desk.LIFETIME(),
                fee: fee
            })
        );
        _ends.push(0);
    }

    function fulfil(uint256 which, uint256 payee, uint256 manner, bytes calldata result) external {
        if (_requests.length == 0) return;
        which %= _requests.length;
        DataRequest memory request = _requests[which];
        DataResponse memory response = DataResponse({
            result: result,
            observedAt: uint32(block.timestamp),
            payee: address(_receivers[payee % RECEIVERS]),
            configIndex: 1
        });
        bytes memory signatures = hub.sign(
            desk.digestOf(desk.requestIdOf(request), CONFIG, response),
            (1 << request.minResponses) - 1
        );
        // The requester tries to end its request again, and takes what it has.
        MockDataReceiver receiver = MockDataReceiver(payable(request.requester));
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(desk.fulfil, (request, response, signatures));
        calls[1] = abi.encodeCall(desk.refund, (request));
        calls[2] = abi.encodeCall(desk.withdraw, (payable(request.requester)));
        receiver.behave(MockDataReceiver.Manner(manner % 7), calls);

        bool late = block.timestamp > request.deadline;
        try desk.fulfil(request, response, signatures) {
            if (late) breach = "fulfilled after the deadline";
            if (receiver.passed() & 3 != 0) breach = "ended again by its own receiver";
            ++_ends[which];
            ++fulfilments;
        } catch {
            if (!late && _ends[which] == 0) breach = "an answer was kept out";
        }
        receiver.behave(MockDataReceiver.Manner.Keep, new bytes[](0));
    }

    function refund(uint256 which) external {
        if (_requests.length == 0) return;
        which %= _requests.length;
        bool early = block.timestamp <= _requests[which].deadline;
        try desk.refund(_requests[which]) {
            if (early) breach = "refunded before the deadline";
            ++_ends[which];
            ++refunds;
        } catch {
            if (!early && _ends[which] == 0) breach = "a refund was kept back";
        }
    }

    /// To itself, or to another receiver that may not want it, or that withdraws what it has itself.
    function withdraw(uint256 who, uint256 to, uint256 manner) external {
        MockDataReceiver receiver = _receivers[who % RECEIVERS];
        MockDataReceiver target = _receivers[to % RECEIVERS];
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(desk.withdraw, (payable(address(target))));
        target.behave(MockDataReceiver.Manner(manner % 7), calls);
        uint256 credit = desk.credits(address(receiver));
        uint256 others = desk.credits(address(target));
        uint256 before = address(target).balance;
        bool same = address(target) == address(receiver);
        try receiver.withdraw(payable(address(target))) returns (uint256 amount) {
            uint256 most = same ? credit : credit + others;
            uint256 got = address(target).balance - before;
            if (amount != credit || got < credit || got > most) breach = "paid another amount than the credit";
            ++withdrawals;
        } catch {
            if (credit != 0 && target.manner() != MockDataReceiver.Manner.Fail) breach = "a credit was kept back";
        }
        target.behave(MockDataReceiver.Manner.Keep, new bytes[](0));
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + (time % 400));
    }

    /// @notice Fees of open requests and all credits.
    function owed() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _requests.length; ++i) {
            if (desk.isOpen(desk.requestIdOf(_requests[i]))) sum += _requests[i].fee;
        }
        for (uint256 i = 0; i < RECEIVERS; ++i) sum += desk.credits(address(_receivers[i]));
    }

    /// @notice Whether each request is open as long as it has not ended, and has ended once at most.
    function eachEndsOnce() external view returns (bool) {
        for (uint256 i = 0; i < _requests.length; ++i) {
            if (_ends[i] > 1 || desk.isOpen(desk.requestIdOf(_requests[i])) != (_ends[i] == 0)) return false;
        }
        return true;
    }
}

contract RequestDeskInvariants {
    RequestActions private _actions;

    function setUp() external {
        vm.warp(1_700_000_000);
        _actions = new RequestActions();
        vm.deal(address(_actions), 2 ** 120);
    }

    /// The runner's list of contracts to call at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actions);
    }

    function invariant_balanceIsOpenFeesAndCredits() external view {
        require(address(_actions.desk()).balance == _actions.owed(), "a wei was lost or made");
    }

    function invariant_requestsEndOnce() external view {
        require(_actions.eachEndsOnce(), "a request ended twice, or without anybody's doing");
    }

    function invariant_nothingForbiddenHappens() external view {
        string memory breach = _actions.breach();
        require(bytes(breach).length == 0, breach);
    }
}

contract RequestDeskTest {
    bytes32 private constant CONFIG = bytes32("digest");
    bytes32 private constant MODULE = keccak256("module");

    StubHub private _hub;
    RequestDesk private _desk;

    receive() external payable {}

    function setUp() external {
        vm.warp(1_700_000_000);
        _hub = new StubHub();
        _desk = new RequestDesk(ICommitteeHub(address(_hub)));
    }

    /// What the invariants call at random does happen: none of them holds because nothing ever did.
    function test_actionsTakePlace() external {
        RequestActions actions = new RequestActions();
        vm.deal(address(actions), 100);
        for (uint256 i = 0; i < 2; ++i) actions.ask(i, 10, 300_000, 0, "params");
        actions.fulfil(0, 2, uint256(MockDataReceiver.Manner.Reenter), "42");
        actions.wait(399);
        actions.wait(399);
        actions.refund(1);
        actions.withdraw(2, 2, 0);
        require(actions.fulfilments() == 1 && actions.refunds() == 1 && actions.withdrawals() == 1, "nothing happens");
        require(bytes(actions.breach()).length == 0 && actions.eachEndsOnce(), actions.breach());
        require(actions.owed() == 10 && address(actions.desk()).balance == 10, "the other fee");
    }

    function testFuzz_takesExactlyTheCountAskedFor(uint8 count, uint8 bitmap, bytes calldata result) external {
        count = uint8(2 + (count % 3));
        bitmap %= 16;
        (DataRequest memory request, bytes32 requestId) = ask(count, 7);
        DataResponse memory response = DataResponse(result, uint32(block.timestamp), address(0xfee), 1);
        bytes memory signatures = _hub.sign(_desk.digestOf(requestId, CONFIG, response), bitmap);
        bool good = bits(bitmap) == count;
        try _desk.fulfil(request, response, signatures) {
            require(good, "another count");
            require(_desk.credits(address(0xfee)) == 7, "the fee");
        } catch {
            require(!good, "refused");
        }
    }

    function testFuzz_refusesAnAnswerWithAnyBitFlipped(uint16 position, bytes calldata result) external {
        (DataRequest memory request, bytes32 requestId) = ask(2, 0);
        DataResponse memory response = DataResponse(result, uint32(block.timestamp), address(0xfee), 1);
        bytes memory signatures = _hub.sign(_desk.digestOf(requestId, CONFIG, response), 5);
        bytes memory call = abi.encodeCall(_desk.fulfil, (request, response, signatures));
        bytes memory meaning = abi.encode(request, response, signatures);
        uint256 bit = 32 + (position % (call.length * 8 - 32));
        call[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        // A flipped bit of padding or of an offset may leave the meaning as it is.
        try this.decode(call) returns (bytes memory flipped) {
            vm.assume(keccak256(flipped) != keccak256(meaning));
        } catch {}
        (bool success, ) = address(_desk).call(call);
        require(!success, "taken");
    }

    /// A chain that splits: on the new side nobody can use old answers, and everybody can have the fee back.
    function testFuzz_feesSurviveAnotherChainId(uint32 chainId, uint96 fee) external {
        vm.assume(chainId != block.chainid && chainId != 0);
        (DataRequest memory request, bytes32 requestId) = ask(2, fee);
        DataResponse memory response = DataResponse("42", uint32(block.timestamp), address(0), 1);
        bytes memory signatures = _hub.sign(_desk.digestOf(requestId, CONFIG, response), 3);
        vm.chainId(chainId);
        try _desk.fulfil(request, response, signatures) {
            revert("an answer of the other chain");
        } catch {}
        vm.warp(uint256(request.deadline) + 1);
        _desk.refund(request);
        require(_desk.credits(address(this)) == fee, "the fee");
    }

    function decode(bytes calldata call) external pure returns (bytes memory) {
        (DataRequest memory request, DataResponse memory response, bytes memory signatures) = abi.decode(
            call[4:],
            (DataRequest, DataResponse, bytes)
        );
        return abi.encode(request, response, signatures);
    }

    function ask(uint8 count, uint256 fee) private returns (DataRequest memory request, bytes32 requestId) {
        request = DataRequest({
            requester: address(this),
            nonce: _desk.requestCount(),
            moduleDigest: MODULE,
            paramsHash: keccak256("params"),
            callbackGas: 0,
            minResponses: count,
            deadline: uint32(block.timestamp) + _desk.LIFETIME(),
            fee: fee
        });
        requestId = _desk.requestData{value: fee}(MODULE, "params", 0, count);
        require(requestId == _desk.requestIdOf(request), "the id");
    }

    function bits(uint256 bitmap) private pure returns (uint256 count) {
        for (; bitmap != 0; bitmap >>= 1) count += bitmap & 1;
    }
}
