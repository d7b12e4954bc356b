// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IChronicle} from "../interfaces/IChronicle.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {EighteenDecimals} from "./EighteenDecimals.sol";

/// @title One feed behind the interfaces of Chronicle's oracles and of Maker's medians, values and delayed feeds
/// @notice Stable address, no storage, no owner, signed values; whoever asks is answered. See docs/consumers.md for what differs
/// from the originals.
contract ChronicleAdapter is IChronicle, EighteenDecimals {
    /// The feed's newest value is zero or less: no price in these interfaces.
    error PriceNotPositive(int256 value);

    /// @param decimals As in the configuration that serves the feed, at most 18.
    constructor(IFeedHub hub, bytes32 feedId, uint8 decimals) EighteenDecimals(hub, feedId, decimals) {}

    /// @inheritdoc IChronicle
    /// @dev The feed's id, which is its name.
    function wat() external view returns (bytes32) {
        return _feed();
    }

    /// @inheritdoc IChronicle
    /// @dev Reverts with the hub's `NoValue` before the first value, and with `PriceNotPositive`.
    function read() external view returns (uint256 value) {
        (value, ) = _readWithAge();
    }

    /// @inheritdoc IChronicle
    /// @dev As `read`. The age is never ahead of the block: consumers subtract it from that.
    function readWithAge() external view returns (uint256 value, uint256 age) {
        return _readWithAge();
    }

    /// @inheritdoc IChronicle
    /// @dev Reverts only if the hub can not be read, which on a whole chain takes a lack of gas.
    function tryRead() external view returns (bool isValid, uint256 value) {
        (isValid, value, ) = _tryReadWithAge();
    }

    /// @inheritdoc IChronicle
    /// @dev As `tryRead`; the age as in `readWithAge`.
    function tryReadWithAge() external view returns (bool isValid, uint256 value, uint256 age) {
        return _tryReadWithAge();
    }

    /// @notice As `tryRead`, in the order of Maker's medians and values.
    function peek() external view returns (uint256 value, bool isValid) {
        (isValid, value, ) = _tryReadWithAge();
    }

    /// @notice The same: no value waits here to become the next.
    function peep() external view returns (uint256 value, bool isValid) {
        (isValid, value, ) = _tryReadWithAge();
    }

    function _readWithAge() private view returns (uint256 value, uint256 age) {
        (int256 signed, uint256 observedAt, uint256 updatedAt) = _newest();
        if (signed <= 0) revert PriceNotPositive(signed);
        return (uint256(signed), _earlier(observedAt, updatedAt));
    }

    function _tryReadWithAge() private view returns (bool isValid, uint256 value, uint256 age) {
        (int256 signed, uint256 observedAt, uint256 updatedAt) = _newestOrNone();
        if (signed <= 0) return (false, 0, 0);
        return (true, uint256(signed), _earlier(observedAt, updatedAt));
    }

    /// The committee's clock may be ahead of the chain's.
    function _earlier(uint256 observedAt, uint256 updatedAt) private pure returns (uint256) {
        return observedAt < updatedAt ? observedAt : updatedAt;
    }
}
