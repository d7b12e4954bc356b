// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BitCount} from "../libraries/BitCount.sol";
import {Feed} from "../interfaces/IFeedHub.sol";
import {FeedSlot} from "../libraries/FeedSlot.sol";
import {PackedLanes} from "../libraries/PackedLanes.sol";
import {Tenure} from "../interfaces/ICommitteeHub.sol";
import {TenureSlot} from "../libraries/TenureSlot.sol";

/// @title Opens the libraries of packed words to tests in TypeScript
contract WordHarness {
    function bits(uint256[] calldata words) external pure returns (uint256[] memory counts) {
        counts = new uint256[](words.length);
        for (uint256 i = 0; i < words.length; ++i) counts[i] = BitCount.bits(words[i]);
    }

    function packTenure(address data, uint16 length, bool provable) external pure returns (uint256) {
        return TenureSlot.pack(data, length, provable);
    }

    function toTenure(uint256 slot) external pure returns (Tenure memory) {
        return TenureSlot.toTenure(slot);
    }

    function withReport(uint256 slot) external pure returns (uint256) {
        return TenureSlot.withReport(slot);
    }

    function withRevocation(uint256 slot) external pure returns (uint256) {
        return TenureSlot.withRevocation(slot);
    }

    function held(uint256 slot) external pure returns (uint256) {
        return TenureSlot.held(slot);
    }

    function released(uint256 slot) external pure returns (uint256) {
        return TenureSlot.released(slot);
    }

    function endingBy(uint256 slot, uint32 timestamp) external pure returns (uint256) {
        return TenureSlot.endingBy(slot, timestamp);
    }

    function packTimes(uint64 sequence, uint32 observedAt, uint32 updatedAt) external pure returns (uint256) {
        return FeedSlot.packTimes(sequence, observedAt, updatedAt);
    }

    function isSameReading(uint256 slot, uint256 other) external pure returns (bool) {
        return FeedSlot.isSameReading(slot, other);
    }

    function unpack(uint256 slot) external pure returns (Feed memory) {
        return FeedSlot.unpack(slot);
    }

    function fields(uint256 slot) external pure returns (int96, uint64, uint32, uint32, uint32) {
        return FeedSlot.fields(slot);
    }

    function wordsFor(uint256 lanes, uint256 laneBits) external pure returns (uint256) {
        return PackedLanes.wordsFor(lanes, laneBits);
    }

    function beyond(bytes calldata words, uint256 lanes, uint256 laneBits) external pure returns (bool, uint256) {
        return PackedLanes.beyond(words, lanes, laneBits);
    }

    function partOf(uint256 word, uint256 lane, uint256 laneBits) external pure returns (uint256) {
        return PackedLanes.partOf(word, lane, laneBits);
    }

    function decode(uint256 part, uint256 laneBits) external pure returns (int256) {
        return PackedLanes.decode(part, laneBits);
    }
}
