// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {CommitteeData, CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {SignatureQuorum} from "../libraries/SignatureQuorum.sol";
import {ICommitteeHub, Tenure} from "../interfaces/ICommitteeHub.sol";
import {DataRequest, DataResponse, IDataReceiver, IRequestDesk} from "../interfaces/IRequestDesk.sol";

/// @title Desk where contracts ask the committee for data of their own
/// @notice See `IRequestDesk`. Its balance is the fees of open requests and the credits, besides what was forced on it.
contract RequestDesk is IRequestDesk, EIP712 {
    using SignatureQuorum for bytes;

    /// @notice Seconds from a request to its deadline: minutes for a committee, on a chain that is slow or crowded.
    uint32 public constant LIFETIME = 10 minutes;
    /// @notice Every node reads the parameters in an event.
    uint256 public constant MAX_PARAMS_BYTES = 4_096;
    /// @notice Whoever brings an answer pays for its bytes, and copies them three times.
    uint256 public constant MAX_RESULT_BYTES = 4_096;
    /// @notice A sixth of what an Osaka transaction may use.
    uint32 public constant MAX_CALLBACK_GAS = 2_500_000;

    /// For what comes before the callback's own gas: a cold account, and a second one if that delegates (EIP-7702), 2,600 each.
    uint256 private constant CALL_GAS = 10_000;
    bytes32 private constant RESPONSE_TYPEHASH = keccak256(
        "Response(bytes32 requestId,bytes32 configDigest,bytes32 resultHash,uint32 observedAt,address payee)"
    );

    /// @inheritdoc IRequestDesk
    ICommitteeHub public immutable override hub;
    /// As it was at deployment: if the chain's id changes, requests keep theirs, and their fees can be had back.
    /// Answers are signed under the id of now.
    uint256 private immutable _chainId = block.chainid;
    /// @inheritdoc IRequestDesk
    uint64 public override requestCount;
    /// @inheritdoc IRequestDesk
    mapping(bytes32 requestId => bool) public override isOpen;
    /// @inheritdoc IRequestDesk
    mapping(address account => uint256) public override credits;

    constructor(ICommitteeHub hub_) EIP712("Quorate", "1") {
        hub = hub_;
    }

    /// @inheritdoc IRequestDesk
    function requestData(
        bytes32 moduleDigest,
        bytes calldata params,
        uint32 callbackGas,
        uint8 minResponses
    ) external payable returns (bytes32 requestId) {
        if (params.length > MAX_PARAMS_BYTES) revert ParamsTooLong(params.length, MAX_PARAMS_BYTES);
        if (callbackGas > MAX_CALLBACK_GAS) revert TooMuchCallbackGas(callbackGas, MAX_CALLBACK_GAS);
        _checkCount(minResponses, _committeeOf(hub.newestIndex()));
        DataRequest memory request = DataRequest({
            requester: msg.sender,
            nonce: requestCount,
            moduleDigest: moduleDigest,
            paramsHash: keccak256(params),
            callbackGas: callbackGas,
            minResponses: minResponses,
            deadline: uint32(block.timestamp) + LIFETIME,
            fee: msg.value
        });
        requestId = _idOf(request);

        requestCount = request.nonce + 1;
        isOpen[requestId] = true;
        emit DataRequested(requestId, moduleDigest, request, params);
    }

    /// @inheritdoc IRequestDesk
    function fulfil(
        DataRequest calldata request,
        DataResponse calldata response,
        bytes calldata signatures
    ) external returns (bool delivered) {
        bytes32 requestId = _openId(request);
        if (block.timestamp > request.deadline) revert DeadlinePassed(requestId, request.deadline);
        CommitteeData committee = _committeeOf(response.configIndex);
        _checkCount(request.minResponses, committee);
        _checkResponse(request, response, committee);
        bytes32 configDigest = committee.configDigest();
        bytes32 digest = _digestOf(requestId, configDigest, response);
        signatures.checkExactly(digest, committee, request.minResponses);

        address payee = response.payee == address(0) ? msg.sender : response.payee;
        _end(requestId, payee, request.fee);
        emit RequestFulfilled(requestId, configDigest, payee, response.observedAt, response.result);
        if (request.callbackGas == 0) return false;
        delivered = _deliver(request, requestId, response);
        if (!delivered) emit CallbackFailed(requestId);
    }

    /// @inheritdoc IRequestDesk
    function refund(DataRequest calldata request) external {
        bytes32 requestId = _openId(request);
        if (block.timestamp <= request.deadline) revert DeadlineNotPassed(requestId, request.deadline);
        _end(requestId, request.requester, request.fee);
        emit RequestRefunded(requestId);
    }

    /// @inheritdoc IRequestDesk
    function withdraw(address payable to) external returns (uint256 amount) {
        amount = credits[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    /// @inheritdoc IRequestDesk
    function requestIdOf(DataRequest calldata request) external view returns (bytes32) {
        return _idOf(request);
    }

    /// @inheritdoc IRequestDesk
    function digestOf(
        bytes32 requestId,
        bytes32 configDigest,
        DataResponse calldata response
    ) external view returns (bytes32) {
        return _digestOf(requestId, configDigest, response);
    }

    /// Ends an open request: its fee becomes a credit.
    function _end(bytes32 requestId, address account, uint256 fee) private {
        isOpen[requestId] = false;
        credits[account] += fee;
    }

    /// Hands the answer over with exactly the gas asked for. What the requester returns is not looked at, nor copied.
    function _deliver(
        DataRequest calldata request,
        bytes32 requestId,
        DataResponse calldata response
    ) private returns (bool delivered) {
        bytes memory data = abi.encodeCall(IDataReceiver.onData, (requestId, response.result, response.observedAt));
        address receiver = request.requester;
        uint256 callbackGas = request.callbackGas;
        // A call gets at most 63/64 of what is left (EIP-150), and silently less than it was given: whoever brings the answer
        // could let the callback fail.
        uint256 needed = callbackGas + callbackGas / 63 + CALL_GAS;
        uint256 left = gasleft();
        if (left < needed) revert TooLittleGas(left, needed);
        assembly ("memory-safe") {
            delivered := call(callbackGas, receiver, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    function _openId(DataRequest calldata request) private view returns (bytes32 requestId) {
        requestId = _idOf(request);
        if (!isOpen[requestId]) revert NotOpen(requestId);
    }

    /// The committee of a configuration that is valid now.
    function _committeeOf(uint16 index) private view returns (CommitteeData) {
        Tenure memory tenure = hub.tenureOf(index);
        if (block.timestamp > tenure.validUntil) {
            if (tenure.heldUntil != 0) revert ICommitteeHub.CommitteePaused(index);
            revert ICommitteeHub.CommitteeNotValid(index, block.timestamp, tenure.validUntil);
        }
        return CommitteeDataAccess.load(tenure.data, tenure.length);
    }

    function _checkCount(uint8 minResponses, CommitteeData committee) private pure {
        uint256 least = committee.shape().f() + 1;
        uint256 most = committee.shape().n();
        if (minResponses < least || minResponses > most) revert WrongResponseCount(minResponses, least, most);
    }

    function _checkResponse(
        DataRequest calldata request,
        DataResponse calldata response,
        CommitteeData committee
    ) private view {
        uint256 length = response.result.length;
        if (length > MAX_RESULT_BYTES) revert ResultTooLong(length, MAX_RESULT_BYTES);
        uint256 window = committee.shape().window();
        uint256 earliest = request.deadline - LIFETIME - window;
        uint256 latest = block.timestamp + window;
        uint32 observedAt = response.observedAt;
        if (observedAt < earliest || observedAt > latest) revert ObservedOutsideRequest(observedAt, earliest, latest);
    }

    function _idOf(DataRequest memory request) private view returns (bytes32) {
        return keccak256(abi.encode(_chainId, address(this), request));
    }

    function _digestOf(
        bytes32 requestId,
        bytes32 configDigest,
        DataResponse calldata response
    ) private view returns (bytes32) {
        bytes32 resultHash = keccak256(response.result);
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        RESPONSE_TYPEHASH,
                        requestId,
                        configDigest,
                        resultHash,
                        response.observedAt,
                        response.payee
                    )
                )
            );
    }
}
