// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommitteeHub} from "./ICommitteeHub.sol";

/// @notice A request as it is known by its id. The chain keeps the id alone: whoever ends a request brings the rest.
struct DataRequest {
    /// Gets the answer; without one, the fee back.
    address requester;
    /// Counts this desk's requests from 0.
    uint64 nonce;
    /// sha256 of the WebAssembly module that makes the answer.
    bytes32 moduleDigest;
    /// keccak256 of the module's parameters.
    bytes32 paramsHash;
    /// Gas that the requester gets to take the answer with; 0 for no call.
    uint32 callbackGas;
    /// Members that must sign the answer.
    uint8 minResponses;
    /// Unix seconds of the last block that takes an answer.
    uint32 deadline;
    /// Wei.
    uint256 fee;
}

/// @notice What members answer. They sign the EIP-712 struct Response(bytes32 requestId,bytes32 configDigest,bytes32
/// resultHash,uint32 observedAt,address payee) under the domain "Quorate", version "1", chain id, desk.
struct DataResponse {
    /// The module's own bytes, at most `MAX_RESULT_BYTES`; keccak256 of them is signed.
    bytes result;
    /// Unix seconds: when the members saw it.
    uint32 observedAt;
    /// Earns the fee; zero for whoever brings the answer.
    address payee;
    /// Configuration whose members signed.
    uint16 configIndex;
}

/// @title Takes the answers to its requests
interface IDataReceiver {
    /// @notice Called once by the desk with exactly the gas that was asked for. Check that `msg.sender` is the desk.
    /// @dev If it reverts or burns its gas, the request is over all the same: the answer stands in the desk's event.
    function onData(bytes32 requestId, bytes calldata result, uint32 observedAt) external;
}

/// @title Desk where contracts ask the committee for data of their own
/// @notice A request escrows its fee and ends exactly once: with an answer that `minResponses` members signed for this very
/// request, until its deadline, or with a refund after it. Nobody owns the desk, and anyone may bring an answer or start a refund.
/// @dev Assumes that the hub is honest about committees; a revoked or paused one answers nothing. Fees and refunds are
/// credited and then withdrawn, so that no receiver can stop a request from ending.
interface IRequestDesk {
    event DataRequested(bytes32 indexed requestId, bytes32 indexed moduleDigest, DataRequest request, bytes params);
    /// @param payee Whom the fee was credited to.
    event RequestFulfilled(
        bytes32 indexed requestId,
        bytes32 indexed configDigest,
        address indexed payee,
        uint32 observedAt,
        bytes result
    );
    /// The requester reverted or ran out of the gas that it asked for. The request is over.
    event CallbackFailed(bytes32 indexed requestId);
    event RequestRefunded(bytes32 indexed requestId);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    error ParamsTooLong(uint256 length, uint256 max);
    error ResultTooLong(uint256 length, uint256 max);
    error TooMuchCallbackGas(uint256 callbackGas, uint256 max);
    /// Fewer than f+1 signatures say nothing, and more than n there are not.
    error WrongResponseCount(uint256 minResponses, uint256 least, uint256 most);
    /// It was never made, has ended, or one of its fields is another.
    error NotOpen(bytes32 requestId);
    error DeadlinePassed(bytes32 requestId, uint32 deadline);
    error DeadlineNotPassed(bytes32 requestId, uint32 deadline);
    /// Only news answers a request: seen after it was made and not in the future, give or take the committee's window.
    error ObservedOutsideRequest(uint32 observedAt, uint256 earliest, uint256 latest);
    /// The callback would get less gas than was asked for: send more with the transaction.
    error TooLittleGas(uint256 left, uint256 needed);
    error NothingToWithdraw(address account);

    /// @notice Asks for data, and escrows the value sent as fee. What comes back of it is credited to the caller, who must be able
    /// to call `withdraw`: a contract that cannot has lost it.
    /// @param moduleDigest The module that makes the answer; a committee that does not run it lets the request expire.
    /// @param params The module's parameters, at most `MAX_PARAMS_BYTES`.
    /// @param callbackGas At most `MAX_CALLBACK_GAS`; 0 for no call.
    /// @param minResponses Signatures that the answer needs: f+1 to n of the newest committee, which must be valid.
    /// @return requestId keccak256 of the chain's id at the desk's deployment, the desk and the request's fields.
    function requestData(
        bytes32 moduleDigest,
        bytes calldata params,
        uint32 callbackGas,
        uint8 minResponses
    ) external payable returns (bytes32 requestId);

    /// @notice Brings the answer to an open request until its deadline, credits the fee and calls the requester. Anyone may call.
    /// @param signatures signer bitmap:uint32 ‖ (r, vs) of 64 bytes for each of exactly `minResponses` members, rising by index: ECDSA,
    /// whatever scheme the committee's reports are signed by.
    /// @return delivered Whether the requester took it without reverting, as an account without code does; false where no call
    /// was asked for.
    function fulfil(
        DataRequest calldata request,
        DataResponse calldata response,
        bytes calldata signatures
    ) external returns (bool delivered);

    /// @notice Credits the fee of a request without answer to its requester, after the deadline. Anyone may call.
    function refund(DataRequest calldata request) external;

    /// @notice Sends all that is credited to the caller. Reverts if there is nothing, or if `to` does not take it.
    /// @return amount Wei.
    function withdraw(address payable to) external returns (uint256 amount);

    /// @notice Wei that an account may withdraw.
    function credits(address account) external view returns (uint256);

    /// @notice Whether a request was made and has not ended.
    function isOpen(bytes32 requestId) external view returns (bool);

    function requestIdOf(DataRequest calldata request) external view returns (bytes32);

    /// @notice The EIP-712 digest that members of a configuration sign as their answer.
    function digestOf(
        bytes32 requestId,
        bytes32 configDigest,
        DataResponse calldata response
    ) external view returns (bytes32);

    /// @notice Requests made so far: the next one's nonce.
    function requestCount() external view returns (uint64);

    /// @notice Says which committees are valid.
    function hub() external view returns (ICommitteeHub);
}
