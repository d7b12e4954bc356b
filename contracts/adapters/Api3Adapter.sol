// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IApi3ReaderProxy} from "@api3/contracts/interfaces/IApi3ReaderProxy.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {EighteenDecimals} from "./EighteenDecimals.sol";

/// @title One feed behind API3's interface
/// @notice Stable address, no storage, no owner, signed values. See docs/consumers.md for what differs from the original.
contract Api3Adapter is IApi3ReaderProxy, EighteenDecimals {
    /// @param decimals As in the configuration that serves the feed, at most 18.
    constructor(IFeedHub hub, bytes32 feedId, uint8 decimals) EighteenDecimals(hub, feedId, decimals) {}

    /// @inheritdoc IApi3ReaderProxy
    /// @dev The value has 18 decimals and any sign. The timestamp is when the committee observed it, Unix seconds, and may be as far
    /// ahead of the block as the configuration's window. Reverts with the hub's `NoValue` before the first.
    function read() external view returns (int224 value, uint32 timestamp) {
        (int256 scaled, uint256 observedAt, ) = _newest();
        // Both came from narrower fields: 155 and 32 bits.
        return (int224(scaled), uint32(observedAt));
    }
}
