// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeData, CommitteeDataAccess, CommitteeShape} from "../libraries/CommitteeData.sol";
import {FeedSlot} from "../libraries/FeedSlot.sol";
import {FeedsTree} from "../libraries/FeedsTree.sol";
import {MedianStatement} from "../libraries/MedianStatement.sol";
import {PackedValues} from "../libraries/PackedValues.sol";
import {PullClaim} from "../libraries/PullClaim.sol";
import {ReportUpdate} from "../libraries/ReportUpdate.sol";
import {ReportHeader} from "../libraries/ReportHeader.sol";
import {ReportSignatures} from "../libraries/ReportSignatures.sol";
import {TenureSlot} from "../libraries/TenureSlot.sol";
import {ICommitteeRegistry} from "../interfaces/ICommitteeRegistry.sol";
import {Tenure} from "../interfaces/ICommitteeHub.sol";
import {Feed, IFeedHub} from "../interfaces/IFeedHub.sol";
import {Groth16Proof} from "../interfaces/IMedianVerifier.sol";
import {ReportHub} from "./ReportHub.sol";

/// @title Hub of all feeds of one oracle network
/// @notice See `IFeedHub`. Every function checks, computes, writes, emits; the only calls are views of verifiers.
contract FeedHub is IFeedHub, ReportHub {
    using FeedSlot for uint256;
    using PackedValues for bytes;
    using PullClaim for bytes;
    using ReportUpdate for bytes;
    using ReportHeader for bytes;
    using ReportSignatures for bytes;
    using TenureSlot for uint256;

    /// @notice Reports that can still be proven. At a report every 4 s a prover has four minutes.
    uint32 public constant PROVABLE_REPORTS = 64;
    uint256 private constant PROVEN = 1;
    /// No report's hash, and not proven.
    uint256 private constant PREPARED_REPORT = 2;
    /// Of round 0, which no feed has.
    uint256 private constant PREPARED_ROUND = 1 << 32;
    /// Where `FeedSlot` has the sequence and the value.
    uint256 private constant SEQUENCE_MASK = 0xffffffffffffffff << 96;
    uint256 private constant VALUE_MASK = 0xffffffffffffffffffffffff << 160;
    /// One feed's slots can be filled in advance in one transaction.
    uint256 private constant MAX_HISTORY = 512;

    /// @inheritdoc IFeedHub
    uint256 public immutable override historyDepth;

    /// Of the newest provable report: sequence:uint64 above reportIndex:uint32, which counts from 1, so that 0 means none.
    uint256 private _head;
    /// bytes31(report hash) ‖ proven flag, at reportIndex mod PROVABLE_REPORTS.
    uint256[PROVABLE_REPORTS] private _reportSlots;
    mapping(bytes32 feedId => uint256) private _feeds;
    mapping(bytes32 feedId => uint256) private _provenFeeds;
    /// Of each feed the rounds before its newest one, at roundId mod historyDepth.
    mapping(bytes32 feedId => uint256[MAX_HISTORY]) private _history;

    /// @param historyDepth_ Earlier rounds of each feed that are kept, at most 512; 0 keeps the newest alone.
    constructor(ICommitteeRegistry registry_, uint16 historyDepth_) ReportHub(registry_) {
        if (historyDepth_ > MAX_HISTORY) revert HistoryTooDeep(historyDepth_, MAX_HISTORY);
        historyDepth = historyDepth_;
    }

    /// @inheritdoc IFeedHub
    function transmit(bytes calldata update) external returns (uint32 reportIndex, uint256 storedMask) {
        uint64 sequence = update.sequenceOf();
        uint32 observedAt = update.observedAtOf();
        (uint256 tenure, CommitteeData committee) = _openTenure(sequence);
        (bytes calldata values, uint256 storeMask, bytes32 digest) = _checkSigned(update, committee);

        _noteReport(sequence, tenure);
        uint256 times = FeedSlot.packTimes(sequence, observedAt, uint32(block.timestamp));
        storedMask = _storeFeeds(
            _feeds,
            times,
            values.start(committee.shape().lanes()),
            committee.feedIdsAt(),
            storeMask,
            historyDepth
        );
        if (tenure.isProvable()) {
            reportIndex = _record(sequence, digest, 0);
            emit ReportRecorded(sequence, digest, reportIndex, storedMask);
        } else {
            emit FeedsUpdated(sequence, storedMask);
        }
    }

    /// @inheritdoc IFeedHub
    function transmitProven(
        bytes calldata update,
        Groth16Proof calldata proof,
        uint256 commitment
    ) external returns (uint32 reportIndex, uint256 storedMask) {
        uint64 sequence = update.sequenceOf();
        uint32 observedAt = update.observedAtOf();
        (uint256 tenure, CommitteeData committee) = _openTenure(sequence);
        (bytes calldata values, uint256 storeMask, bytes32 digest) = _checkSigned(update, committee);
        bytes32 root = FeedsTree.root(values, committee, observedAt);
        if (root != update.wordOf()) revert WrongFeedsRoot(root, update.wordOf());
        _checkProof(sequence, observedAt, values, committee, proof, commitment);

        _noteReport(sequence, tenure);
        reportIndex = _record(sequence, digest, PROVEN);
        uint256 times = FeedSlot.packTimes(sequence, observedAt, uint32(block.timestamp));
        storedMask = _storeFeeds(
            _feeds,
            times,
            values.start(committee.shape().lanes()),
            committee.feedIdsAt(),
            storeMask,
            historyDepth
        );
        uint256 provenMask = _storeProven(times, values, committee);
        emit ReportRecorded(sequence, digest, reportIndex, storedMask);
        emit ReportProven(sequence, reportIndex, provenMask);
    }

    /// @inheritdoc IFeedHub
    function prove(
        uint256 reportIndex,
        bytes calldata report,
        Groth16Proof calldata proof,
        uint256 commitment
    ) external {
        (uint64 sequence, uint32 observedAt) = (report.sequenceOf(), report.observedAtOf());
        CommitteeData committee = _unrevoked(sequence);
        bytes calldata values = report.provenValuesOf(committee);
        // Which lanes there are was checked when the report came: others lead to another digest.
        bytes32 root = FeedsTree.root(values, committee, observedAt);
        uint256 slot = _recordOf(reportIndex, _digestOf(sequence, observedAt, root, values.hash(), committee));
        if (slot & PROVEN != 0) revert AlreadyProven(reportIndex);
        _checkProof(sequence, observedAt, values, committee, proof, commitment);

        _reportSlots[reportIndex % PROVABLE_REPORTS] = slot | PROVEN;
        uint256 times = FeedSlot.packTimes(sequence, observedAt, uint32(block.timestamp));
        uint256 provenMask = _storeProven(times, values, committee);
        emit ReportProven(sequence, uint32(reportIndex), provenMask);
    }

    /// @inheritdoc IFeedHub
    function verifyAgainstStored(
        uint256 reportIndex,
        bytes32 feedId,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96 value, uint32 observedAt, uint64 sequence, bool proven) {
        (observedAt, sequence) = (claim.observedAtOf(), claim.sequenceOf());
        if (sequence < minSequence) revert SequenceTooOld(sequence, minSequence);
        CommitteeData committee = _unrevoked(sequence);
        _checkAge(observedAt, committee.shape().window(), maxAge);
        bytes32 root;
        (value, root) = claim.unsignedLeaves().openOnly(feedId, observedAt);
        proven = _recordOf(reportIndex, _claimDigest(claim, committee, root)) & PROVEN != 0;
    }

    /// @inheritdoc IFeedHub
    function latest(
        bytes32 feedId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId) {
        uint256 slot = _feeds[feedId];
        if (slot == 0) revert NoValue(feedId);
        return slot.fields();
    }

    /// @inheritdoc IFeedHub
    function latestPacked(bytes32 feedId) external view returns (uint256 word) {
        word = _feeds[feedId];
        if (word == 0) revert NoValue(feedId);
    }

    /// @inheritdoc IFeedHub
    function latestProven(
        bytes32 feedId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId) {
        uint256 slot = _provenFeeds[feedId];
        if (slot == 0) revert NoProvenValue(feedId);
        return slot.fields();
    }

    /// @inheritdoc IFeedHub
    function latestAndProven(bytes32 feedId) external view returns (Feed memory feed, bool proven) {
        uint256 slot = _feeds[feedId];
        if (slot == 0) revert NoValue(feedId);
        return (slot.unpack(), slot.isSameReading(_provenFeeds[feedId]));
    }

    /// @inheritdoc IFeedHub
    function latestMany(bytes32[] calldata feedIds) external view returns (Feed[] memory feeds) {
        feeds = new Feed[](feedIds.length);
        for (uint256 i = 0; i < feedIds.length; ++i) feeds[i] = _feeds[feedIds[i]].unpack();
    }

    /// @inheritdoc IFeedHub
    function round(
        bytes32 feedId,
        uint256 roundId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 sameRound) {
        uint256 slot = _feeds[feedId];
        if (roundId != slot.roundIdOf() && historyDepth != 0) slot = _history[feedId][roundId % historyDepth];
        if (roundId == 0 || roundId != slot.roundIdOf()) revert NoRound(feedId, roundId);
        return slot.fields();
    }

    /// @inheritdoc IFeedHub
    function reportSlot(uint256 reportIndex) external view returns (bytes31 reportHash, bool proven) {
        uint256 newest = uint32(_head);
        if (reportIndex > newest || newest - reportIndex >= PROVABLE_REPORTS) return (0, false);
        uint256 slot = _reportSlots[reportIndex % PROVABLE_REPORTS];
        return (bytes31(bytes32(slot)), slot & PROVEN != 0);
    }

    /// @inheritdoc IFeedHub
    function head() external view returns (uint64 lastSequence, uint32 reportIndex) {
        return (_lastSequence(), uint32(_head));
    }

    /// @inheritdoc IFeedHub
    function preallocate(bytes32[] calldata feedIds) external {
        for (uint256 i = 0; feedIds.length == 0 && i < PROVABLE_REPORTS; ++i) {
            if (_reportSlots[i] == 0) _reportSlots[i] = PREPARED_REPORT;
        }
        for (uint256 q = 0; q < feedIds.length; ++q) {
            uint256[MAX_HISTORY] storage ring = _history[feedIds[q]];
            for (uint256 i = 0; i < historyDepth; ++i) {
                if (ring[i] == 0) ring[i] = PREPARED_ROUND;
            }
        }
    }

    /// Checks everything about a report that comes in but whether its committee may report.
    function _checkSigned(
        bytes calldata update,
        CommitteeData committee
    ) private view returns (bytes calldata values, uint256 storeMask, bytes32 digest) {
        CommitteeShape shape = committee.shape();
        bytes calldata signatures;
        (values, signatures) = update.split(shape.lanes());
        storeMask = update.storeMaskOf(shape.lanes());
        uint256 mask = values.maskOf(shape.lanes());
        if (storeMask == 0 || storeMask & ~mask != 0 || mask >> shape.feeds() != 0)
            revert WrongStoreMask(storeMask, mask);
        uint32 observedAt = update.observedAtOf();
        _checkAge(observedAt, shape.window(), MAX_REPORT_AGE);
        digest = _digestOf(update.sequenceOf(), observedAt, update.wordOf(), values.hash(), committee);
        signatures.check(digest, committee);
    }

    function _checkProof(
        uint64 sequence,
        uint32 observedAt,
        bytes calldata values,
        CommitteeData committee,
        Groth16Proof calldata proof,
        uint256 commitment
    ) private view {
        if (address(committee.shape().verifier()) == address(0)) revert NoVerifier(committee.shape().index());
        uint256[3] memory signals = MedianStatement.publicSignals(sequence, observedAt, values, committee, commitment);
        if (!committee.shape().verifier().verifyMedian(proof, signals))
            revert ProofRejected(sequence, signals[1], signals[2]);
    }

    /// The slot of a report that is still recorded under this index.
    function _recordOf(uint256 reportIndex, bytes32 digest) private view returns (uint256 slot) {
        uint256 newest = uint32(_head);
        if (reportIndex == 0 || reportIndex > newest) revert UnknownReportIndex(reportIndex, newest);
        if (newest - reportIndex >= PROVABLE_REPORTS)
            revert ReportOverwritten(reportIndex, newest - PROVABLE_REPORTS + 1);
        slot = _reportSlots[reportIndex % PROVABLE_REPORTS];
        bytes31 stored = bytes31(bytes32(slot));
        if (stored != bytes31(digest)) revert WrongReport(reportIndex, stored, bytes31(digest));
    }

    /// Gives the newest report a slot with this flag; a repeated one keeps its own; an older one gets none.
    function _record(uint64 sequence, bytes32 digest, uint256 flag) private returns (uint32 reportIndex) {
        uint256 last = _head;
        if (sequence < last >> 32) return 0;
        bytes31 given = bytes31(digest);
        if (sequence == last >> 32) {
            reportIndex = uint32(last);
            uint256 slot = _reportSlots[reportIndex % PROVABLE_REPORTS];
            bytes31 stored = bytes31(bytes32(slot));
            if (stored != given) revert ConflictingReport(sequence, stored, given);
            if (flag & ~slot != 0) _reportSlots[reportIndex % PROVABLE_REPORTS] = slot | flag;
            return reportIndex;
        }
        reportIndex = uint32(last) + 1;
        _reportSlots[reportIndex % PROVABLE_REPORTS] = uint256(bytes32(given)) | flag;
        _head = (uint256(sequence) << 32) | reportIndex;
    }

    function _storeProven(
        uint256 times,
        bytes calldata values,
        CommitteeData committee
    ) private returns (uint256 provenMask) {
        uint256 lanes = committee.shape().lanes();
        uint256 mask = values.maskOf(lanes);
        return _storeFeeds(_provenFeeds, times, values.start(lanes), committee.feedIdsAt(), mask, 0);
    }

    /// Stores the values of those feeds that hold none as new, and moves what they held into their history.
    /// @param times As `FeedSlot.packTimes` has it.
    /// @param value Where the first lane's value begins in calldata.
    /// @param feedId Where the first lane's feed id begins in memory.
    function _storeFeeds(
        mapping(bytes32 => uint256) storage feeds,
        uint256 times,
        uint256 value,
        uint256 feedId,
        uint256 storeMask,
        uint256 depth
    ) private returns (uint256 storedMask) {
        mapping(bytes32 => uint256[MAX_HISTORY]) storage history = _history;
        storedMask = storeMask;
        // All that a feed costs besides its slots is one round of this loop.
        assembly ("memory-safe") {
            mstore(0x20, feeds.slot)
            let sequence := and(times, SEQUENCE_MASK)
            for {
                let lane := 1
            } storeMask {
                lane := shl(1, lane)
                storeMask := shr(1, storeMask)
                feedId := add(feedId, 0x20)
                value := add(value, 12)
            } {
                if iszero(and(storeMask, 1)) {
                    continue
                }
                mstore(0, mload(feedId))
                let place := keccak256(0, 0x40)
                let old := sload(place)
                if iszero(lt(and(old, SEQUENCE_MASK), sequence)) {
                    storedMask := xor(storedMask, lane)
                    continue
                }
                // As FeedSlot: the value's 96 bits, the report's times, and the next round.
                let word := or(and(calldataload(value), VALUE_MASK), times)
                sstore(place, or(word, and(add(old, 1), 0xffffffff)))
                if mul(depth, old) {
                    mstore(0x20, history.slot)
                    sstore(add(keccak256(0, 0x40), mod(and(old, 0xffffffff), depth)), old)
                    mstore(0x20, feeds.slot)
                }
            }
        }
    }

    /// The newest sequence of any feed of the newest configuration that has reported.
    function _lastSequence() private view returns (uint64 newest) {
        uint16 index = newestIndex;
        while (index != 0 && !tenureOf(index).reported) --index;
        if (index == 0) return 0;
        Tenure memory tenure = tenureOf(index);
        CommitteeData committee = CommitteeDataAccess.load(tenure.data, tenure.length);
        for (uint256 lane = 0; lane < committee.shape().feeds(); ++lane) {
            uint64 sequence = _feeds[committee.feedIdAt(lane)].sequenceOf();
            if (sequence > newest) newest = sequence;
        }
    }
}
