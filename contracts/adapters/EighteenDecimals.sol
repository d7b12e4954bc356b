// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FeedSlot} from "../libraries/FeedSlot.sol";
import {HubRead} from "../libraries/HubRead.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";

/// @title One feed with 18 decimals, whatever it has in the hub
/// @notice For interfaces that leave no place to say how many decimals an answer has.
abstract contract EighteenDecimals {
    using FeedSlot for uint256;
    using HubRead for IFeedHub;

    /// A configuration has no feed with more.
    error TooManyDecimals(uint8 given, uint8 max);

    uint8 private constant DECIMALS = 18;

    IFeedHub private immutable _hub;
    bytes32 private immutable _feedId;
    int256 private immutable _scale;

    /// @param decimals As in the configuration that serves the feed, at most 18.
    constructor(IFeedHub hub, bytes32 feedId, uint8 decimals) {
        if (decimals > DECIMALS) revert TooManyDecimals(decimals, DECIMALS);
        (_hub, _feedId) = (hub, feedId);
        _scale = int256(10 ** (DECIMALS - decimals));
    }

    /// @notice Where the answers come from: the hub, and what names the feed there.
    /// @dev One function, and a name whose selector comes after `read`'s: the compiler asks for selectors one after the other.
    function source() external view returns (IFeedHub hub, bytes32 feedId) {
        return (_hub, _feedId);
    }

    /// The newest value, scaled, and its times in Unix seconds. Reverts with the hub's `NoValue` before the first.
    function _newest() internal view returns (int256 value, uint256 observedAt, uint256 updatedAt) {
        return _unpack(_hub.newest(_feedId));
    }

    /// The same, but all zero before the first value.
    function _newestOrNone() internal view returns (int256 value, uint256 observedAt, uint256 updatedAt) {
        return _unpack(_hub.newestOrNone(_feedId));
    }

    function _unpack(uint256 word) private view returns (int256 value, uint256 observedAt, uint256 updatedAt) {
        (value, , observedAt, updatedAt, ) = word.fields();
        // Below 2^95 · 10^18 < 2^155.
        unchecked {
            value *= _scale;
        }
    }

    function _feed() internal view returns (bytes32) {
        return _feedId;
    }
}
