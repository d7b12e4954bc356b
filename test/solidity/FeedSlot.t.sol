// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Feed} from "../../contracts/interfaces/IFeedHub.sol";
import {FeedSlot} from "../../contracts/libraries/FeedSlot.sol";

contract FeedSlotTest {
    using FeedSlot for uint256;

    function testFuzz_unpackReturnsWhatWasPacked(Feed memory feed) external pure {
        uint256 slot = pack(feed);
        require(keccak256(abi.encode(slot.unpack())) == keccak256(abi.encode(feed)), "a field changed");
        require(slot.sequenceOf() == feed.sequence, "sequence");
        require(slot.roundIdOf() == feed.roundId, "round");
    }

    function testFuzz_everySlotIsOneFeed(uint256 slot) external pure {
        require(pack(slot.unpack()) == slot, "a bit is lost");
    }

    function testFuzz_theSignDoesNotSpill(uint96 magnitude) external pure {
        int96 value = -int96(uint96(magnitude >> 1));
        Feed memory feed = pack(Feed(value, 0, 0, 0, 0)).unpack();
        require(feed.value == value, "value");
        require(feed.sequence == 0 && feed.observedAt == 0 && feed.updatedAt == 0 && feed.roundId == 0, "spilt");
    }

    function pack(Feed memory feed) private pure returns (uint256) {
        uint256 times = FeedSlot.packTimes(feed.sequence, feed.observedAt, feed.updatedAt);
        return (uint256(uint96(feed.value)) << 160) | times | feed.roundId;
    }
}
