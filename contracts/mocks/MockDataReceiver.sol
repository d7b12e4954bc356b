// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IDataReceiver, IRequestDesk} from "../interfaces/IRequestDesk.sol";

/// @title Asks a desk for data, and takes the answers in whatever manner a test tells it
contract MockDataReceiver is IDataReceiver {
    enum Manner {
        Keep,
        /// Fails if there is less gas than it asked for.
        Insist,
        Fail,
        Burn,
        /// A megabyte of return data.
        ReturnBomb,
        /// The same as the reason of a revert.
        RevertBomb,
        /// Calls the desk before it returns, also when it is paid.
        Reenter
    }

    error Unwilling();

    /// Spent before the first statement of `onData`.
    uint256 private constant ENTRY_GAS = 1_000;

    IRequestDesk public immutable desk;
    Manner public manner;
    uint256 public gasAsked;
    /// @notice The last answer, and the gas that was there when it came.
    bytes32 public lastId;
    bytes public lastResult;
    uint32 public lastObservedAt;
    uint256 public gasSeen;
    /// @notice Of the calls made on reentering: bit i is set if call i did not revert.
    uint256 public passed;
    bytes[] private _calls;

    constructor(IRequestDesk desk_) {
        desk = desk_;
    }

    /// @notice Takes withdrawn credits.
    receive() external payable {
        if (manner == Manner.Fail) revert Unwilling();
        if (manner == Manner.Reenter) reenter();
    }

    /// @inheritdoc IDataReceiver
    function onData(bytes32 requestId, bytes calldata result, uint32 observedAt) external {
        uint256 left = gasleft();
        if (manner == Manner.Fail) revert Unwilling();
        if (manner == Manner.Burn) for (;;) {}
        if (manner == Manner.ReturnBomb || manner == Manner.RevertBomb) bomb(manner == Manner.RevertBomb);
        if (manner == Manner.Reenter) reenter();
        if (manner == Manner.Insist && left + ENTRY_GAS < gasAsked) revert Unwilling();
        (lastId, lastResult, lastObservedAt, gasSeen) = (requestId, result, observedAt, left);
    }

    /// @param calls Calldata for the desk, for `Manner.Reenter`.
    function behave(Manner manner_, bytes[] calldata calls) external {
        manner = manner_;
        passed = 0;
        delete _calls;
        for (uint256 i = 0; i < calls.length; ++i) _calls.push(calls[i]);
    }

    function ask(
        bytes32 moduleDigest,
        bytes calldata params,
        uint32 callbackGas,
        uint8 minResponses
    ) external payable returns (bytes32) {
        gasAsked = callbackGas;
        return desk.requestData{value: msg.value}(moduleDigest, params, callbackGas, minResponses);
    }

    function withdraw(address payable to) external returns (uint256) {
        return desk.withdraw(to);
    }

    function reenter() private {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool success, ) = address(desk).call(_calls[i]);
            if (success) passed |= 1 << i;
        }
    }

    function bomb(bool reverting) private pure {
        assembly ("memory-safe") {
            if reverting {
                revert(0, 1000000)
            }
            return(0, 1000000)
        }
    }
}
