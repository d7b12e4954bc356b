// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Feed} from "../interfaces/IFeedHub.sol";

/// @title A feed's newest value in one storage slot
/// @notice From the highest bit: value:int96 | sequence:uint64 | observedAt:uint32 | updatedAt:uint32 | roundId:uint32.
library FeedSlot {
    /// @notice The part of a slot that all feeds of one report share.
    function packTimes(uint64 sequence, uint32 observedAt, uint32 updatedAt) internal pure returns (uint256) {
        return (uint256(sequence) << 96) | (uint256(observedAt) << 64) | (uint256(updatedAt) << 32);
    }

    /// @notice Whether both are one reading: the same value, sequence and time of observation.
    function isSameReading(uint256 slot, uint256 other) internal pure returns (bool) {
        return (slot ^ other) >> 64 == 0;
    }

    function unpack(uint256 slot) internal pure returns (Feed memory feed) {
        feed.value = int96(uint96(slot >> 160));
        feed.sequence = sequenceOf(slot);
        feed.observedAt = uint32(slot >> 64);
        feed.updatedAt = uint32(slot >> 32);
        feed.roundId = roundIdOf(slot);
    }

    /// @notice The fields of a feed, one by one: without a struct in memory.
    function fields(uint256 slot) internal pure returns (int96, uint64, uint32, uint32, uint32) {
        return (int96(uint96(slot >> 160)), sequenceOf(slot), uint32(slot >> 64), uint32(slot >> 32), roundIdOf(slot));
    }

    function sequenceOf(uint256 slot) internal pure returns (uint64) {
        return uint64(slot >> 96);
    }

    function roundIdOf(uint256 slot) internal pure returns (uint32) {
        return uint32(slot);
    }
}
