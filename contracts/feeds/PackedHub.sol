// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeData, CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {FeedSlot} from "../libraries/FeedSlot.sol";
import {PackedLanes} from "../libraries/PackedLanes.sol";
import {PackedUpdate} from "../libraries/PackedUpdate.sol";
import {PackedValues} from "../libraries/PackedValues.sol";
import {ReportHeader} from "../libraries/ReportHeader.sol";
import {ReportSignatures} from "../libraries/ReportSignatures.sol";
import {ICommitteeRegistry} from "../interfaces/ICommitteeRegistry.sol";
import {IPackedHub} from "../interfaces/IPackedHub.sol";
import {ReportHub} from "./ReportHub.sol";

/// @title Hub of hundreds of feeds that are pushed together
/// @notice See `IPackedHub`.
contract PackedHub is IPackedHub, ReportHub {
    using FeedSlot for uint256;
    using PackedUpdate for bytes;
    using PackedValues for bytes;
    using ReportHeader for bytes;
    using ReportSignatures for bytes;

    /// Words of 256 lanes of 64 bits.
    uint256 private constant MAX_WORDS = 64;

    /// @inheritdoc IPackedHub
    uint256 public immutable override laneBits;

    /// As `FeedSlot`, without a value.
    uint256 private _head;
    uint256[MAX_WORDS] private _words;

    /// @param laneBits_ 64 or 32: see `PackedLanes`.
    constructor(ICommitteeRegistry registry_, uint256 laneBits_) ReportHub(registry_) {
        if (laneBits_ != PackedLanes.EXACT_BITS && laneBits_ != PackedLanes.FLOAT_BITS) revert WrongLaneBits(laneBits_);
        laneBits = laneBits_;
    }

    /// @inheritdoc IPackedHub
    function transmit(bytes calldata update) external returns (bool stored) {
        uint64 sequence = update.sequenceOf();
        uint32 observedAt = update.observedAtOf();
        (uint256 tenure, CommitteeData committee) = _openTenure(sequence);
        (bytes calldata words, bytes calldata signatures) = update.split(committee, laneBits);
        _checkAge(observedAt, committee.shape().window(), MAX_REPORT_AGE);
        signatures.check(_digestOf(sequence, observedAt, update.wordOf(), words.hash(), committee), committee);

        uint256 head = _head;
        if (head.sequenceOf() >= sequence) return false;
        _checkEnd(words, committee.shape().feeds());
        _noteReport(sequence, tenure);
        _head = FeedSlot.packTimes(sequence, observedAt, uint32(block.timestamp)) | uint32(head.roundIdOf() + 1);
        _store(words);
        emit FeedsUpdated(sequence);
        return true;
    }

    /// @inheritdoc IPackedHub
    function latest(
        uint256 lane
    ) external view returns (int256 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId) {
        value = _valueAt(lane);
        (, sequence, observedAt, updatedAt, roundId) = _head.fields();
    }

    /// @inheritdoc IPackedHub
    function latestMany(
        uint256[] calldata lanes
    )
        external
        view
        returns (int256[] memory answers, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId)
    {
        answers = new int256[](lanes.length);
        for (uint256 i = 0; i < lanes.length; ++i) answers[i] = _valueAt(lanes[i]);
        (, sequence, observedAt, updatedAt, roundId) = _head.fields();
    }

    /// @inheritdoc IPackedHub
    function laneOf(bytes32 feedId) external view returns (uint256 lane) {
        if (newestIndex == 0) revert UnknownFeed(feedId);
        CommitteeData committee = CommitteeDataAccess.loadAll(tenureOf(newestIndex).data);
        uint256 feeds = committee.shape().feeds();
        for (; lane < feeds; ++lane) {
            if (committee.feedIdAt(lane) == feedId) return lane;
        }
        revert UnknownFeed(feedId);
    }

    /// @inheritdoc IPackedHub
    function lastSequence() external view returns (uint64) {
        return _head.sequenceOf();
    }

    function _valueAt(uint256 lane) private view returns (int256) {
        if (lane >= (MAX_WORDS * 256) / PackedLanes.EXACT_BITS) revert NoValue(lane);
        uint256 part = PackedLanes.partOf(_words[(lane * laneBits) / 256], lane, laneBits);
        if (part == 0) revert NoValue(lane);
        return PackedLanes.decode(part, laneBits);
    }

    /// What is stored behind the feeds is zero, always: words there may outlive the committee, and lanes get feeds.
    function _checkEnd(bytes calldata words, uint256 feeds) private view {
        (bool found, uint256 word) = PackedLanes.beyond(words, feeds, laneBits);
        if (found) revert ValueWithoutFeed(word);
    }

    function _store(bytes calldata words) private {
        assembly ("memory-safe") {
            let place := _words.slot
            let end := add(words.offset, words.length)
            for {
                let word := words.offset
            } lt(word, end) {
                word := add(word, 0x20)
                place := add(place, 1)
            } {
                sstore(place, calldataload(word))
            }
        }
    }

    function _load(address data, uint256 length) internal view override returns (CommitteeData) {
        return CommitteeDataAccess.loadWithoutIds(data, length);
    }

    /// A lane is a feed's name to its readers: it never comes to stand for another.
    function _onInstall(address previous, address installed) internal view override {
        if (previous == address(0)) return;
        CommitteeData before = CommitteeDataAccess.loadAll(previous);
        CommitteeData given = CommitteeDataAccess.loadAll(installed);
        uint256 feeds = before.shape().feeds();
        if (given.shape().feeds() < feeds) revert FeedDropped(given.shape().feeds(), feeds);
        for (uint256 lane = 0; lane < feeds; ++lane) {
            (bytes32 was, bytes32 id) = (before.feedIdAt(lane), given.feedIdAt(lane));
            if (was != id) revert FeedMoved(lane, was, id);
        }
    }
}
