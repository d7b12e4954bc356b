// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Feed} from "../interfaces/IFeedHub.sol";

/// @title A feed's newest value in one storage slot
/// @notice From the highest bit: value:int96 | sequence:uint64 | observedAt:uint32 | updatedAt:uint32 | roundId:uint32.
library FeedSlot {
    function pack(Feed memory feed) internal pure returns (uint256 slot) {
        slot = uint256(uint96(feed.value)) << 160;
        slot |= uint256(feed.sequence) << 96;
        slot |= uint256(feed.observedAt) << 64;
        slot |= uint256(feed.updatedAt) << 32;
        slot |= feed.roundId;
    }

    function unpack(uint256 slot) internal pure returns (Feed memory feed) {
        feed.value = int96(uint96(slot >> 160));
        feed.sequence = sequenceOf(slot);
        feed.observedAt = uint32(slot >> 64);
        feed.updatedAt = uint32(slot >> 32);
        feed.roundId = roundIdOf(slot);
    }

    function sequenceOf(uint256 slot) internal pure returns (uint64) {
        return uint64(slot >> 96);
    }

    function roundIdOf(uint256 slot) internal pure returns (uint32) {
        return uint32(slot);
    }
}
