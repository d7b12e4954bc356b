// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeData, CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {FeedSlot} from "../libraries/FeedSlot.sol";
import {FeedsTree} from "../libraries/FeedsTree.sol";
import {MedianStatement} from "../libraries/MedianStatement.sol";
import {PackedValues} from "../libraries/PackedValues.sol";
import {PullClaim} from "../libraries/PullClaim.sol";
import {ReportUpdate} from "../libraries/ReportUpdate.sol";
import {SignatureQuorum} from "../libraries/SignatureQuorum.sol";
import {SignedStatement} from "../libraries/SignedStatement.sol";
import {TenureSlot} from "../libraries/TenureSlot.sol";
import {ICommitteeRegistry} from "../interfaces/ICommitteeRegistry.sol";
import {Tenure} from "../interfaces/ICommitteeHub.sol";
import {Feed, IFeedHub, Report} from "../interfaces/IFeedHub.sol";
import {Groth16Proof} from "../interfaces/IMedianVerifier.sol";
import {CommitteeHub} from "./CommitteeHub.sol";

/// @title Hub of all feeds of one oracle network
/// @notice See `IFeedHub`. Every function checks, computes, writes, emits; the only calls are views of verifiers.
contract FeedHub is IFeedHub, CommitteeHub {
    using FeedSlot for uint256;
    using PackedValues for bytes;
    using PullClaim for bytes;
    using ReportUpdate for bytes;
    using SignatureQuorum for bytes;
    using SignedStatement for Report;
    using TenureSlot for uint256;

    /// @notice Reports that can still be proven. At a report every 4 s a prover has four minutes.
    uint32 public constant PROVABLE_REPORTS = 64;
    /// @notice Seconds after which a report can no longer be stored: a hoarded report must not pass for news of a silent feed,
    /// whose readers look at `updatedAt`. Every member's turn to transmit lies well inside it.
    uint32 public constant MAX_REPORT_AGE = 5 minutes;

    uint256 private constant PROVEN = 1;
    /// No report's hash, and not proven.
    uint256 private constant PREPARED_REPORT = 2;
    /// Of round 0, which no feed has.
    uint256 private constant PREPARED_ROUND = 1 << 32;
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
    constructor(ICommitteeRegistry registry_, uint16 historyDepth_) CommitteeHub(registry_) {
        if (historyDepth_ > MAX_HISTORY) revert HistoryTooDeep(historyDepth_, MAX_HISTORY);
        historyDepth = historyDepth_;
    }

    /// @inheritdoc IFeedHub
    function transmit(bytes calldata update) external returns (uint32 reportIndex, uint32 storedMask) {
        uint64 sequence = update.sequenceOf();
        uint32 observedAt = update.observedAtOf();
        (uint256 tenure, CommitteeData committee) = _openTenure(sequence);
        (bytes calldata values, bytes32 digest) = _checkSigned(update, committee);

        _noteReport(sequence, tenure);
        uint256 times = FeedSlot.packTimes(sequence, observedAt, uint32(block.timestamp));
        storedMask = _storeFeeds(
            _feeds,
            times,
            values.start(),
            committee.feedIdsAt(),
            update.storeMaskOf(),
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
    ) external returns (uint32 reportIndex, uint32 storedMask) {
        uint64 sequence = update.sequenceOf();
        uint32 observedAt = update.observedAtOf();
        (uint256 tenure, CommitteeData committee) = _openTenure(sequence);
        (bytes calldata values, bytes32 digest) = _checkSigned(update, committee);
        bytes32 root = FeedsTree.root(values, committee, observedAt);
        if (root != update.feedsRootOf()) revert WrongFeedsRoot(root, update.feedsRootOf());
        _checkProof(sequence, observedAt, values, committee, proof, commitment);

        _noteReport(sequence, tenure);
        reportIndex = _record(sequence, digest, PROVEN);
        uint256 times = FeedSlot.packTimes(sequence, observedAt, uint32(block.timestamp));
        storedMask = _storeFeeds(
            _feeds,
            times,
            values.start(),
            committee.feedIdsAt(),
            update.storeMaskOf(),
            historyDepth
        );
        uint32 provenMask = _storeFeeds(_provenFeeds, times, values.start(), committee.feedIdsAt(), values.maskOf(), 0);
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
        (uint64 sequence, uint32 observedAt) = (report.claimedSequence(), report.claimedObservedAt());
        CommitteeData committee = _unrevoked(sequence);
        bytes calldata values = report.provenValuesOf(committee);
        _checkMask(values.maskOf(), values, committee);
        bytes32 root = FeedsTree.root(values, committee, observedAt);
        uint256 slot = _recordOf(reportIndex, _digestOf(sequence, observedAt, root, values.hash(), committee));
        if (slot & PROVEN != 0) revert AlreadyProven(reportIndex);
        _checkProof(sequence, observedAt, values, committee, proof, commitment);

        _reportSlots[reportIndex % PROVABLE_REPORTS] = slot | PROVEN;
        uint256 times = FeedSlot.packTimes(sequence, observedAt, uint32(block.timestamp));
        uint32 provenMask = _storeFeeds(_provenFeeds, times, values.start(), committee.feedIdsAt(), values.maskOf(), 0);
        emit ReportProven(sequence, uint32(reportIndex), provenMask);
    }

    /// @inheritdoc IFeedHub
    function verify(
        bytes32 feedId,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96 value, uint32 observedAt, uint64 sequence) {
        CommitteeData committee;
        (committee, observedAt, sequence) = _openClaim(minSequence, maxAge, claim);
        (bytes calldata signatures, bytes calldata leaves) = claim.splitClaim(committee);
        bytes32 root;
        (value, root) = leaves.openOnly(feedId, observedAt);
        signatures.check(_claimDigest(claim, committee, root), committee);
    }

    /// @inheritdoc IFeedHub
    function verifyMany(
        bytes32[] calldata feedIds,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96[] memory answers, uint32 observedAt, uint64 sequence) {
        CommitteeData committee;
        (committee, observedAt, sequence) = _openClaim(minSequence, maxAge, claim);
        (bytes calldata signatures, bytes calldata leaves) = claim.splitClaim(committee);
        bytes32 root;
        (answers, root) = leaves.openMany(feedIds, observedAt);
        signatures.check(_claimDigest(claim, committee, root), committee);
    }

    /// @inheritdoc IFeedHub
    function verifyAgainstStored(
        uint256 reportIndex,
        bytes32 feedId,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96 value, uint32 observedAt, uint64 sequence, bool proven) {
        (observedAt, sequence) = (claim.claimedObservedAt(), claim.claimedSequence());
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
        if (reportIndex == 0 || reportIndex > newest || newest - reportIndex >= PROVABLE_REPORTS) return (0, false);
        uint256 slot = _reportSlots[reportIndex % PROVABLE_REPORTS];
        return (bytes31(bytes32(slot)), slot & PROVEN != 0);
    }

    /// @inheritdoc IFeedHub
    function head() external view returns (uint64 lastSequence, uint32 reportIndex) {
        return (_lastSequence(), uint32(_head));
    }

    /// @inheritdoc IFeedHub
    function digestOf(Report memory report) external view returns (bytes32) {
        return _hashTypedDataV4(report.hash());
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
    ) private view returns (bytes calldata values, bytes32 digest) {
        bytes calldata signatures;
        (values, signatures) = update.split(committee);
        uint32 storeMask = update.storeMaskOf();
        if (storeMask == 0) revert WrongStoreMask(storeMask, values.maskOf());
        _checkMask(storeMask, values, committee);
        uint32 observedAt = update.observedAtOf();
        _checkAge(observedAt, committee.shape().window(), MAX_REPORT_AGE);
        digest = _digestOf(update.sequenceOf(), observedAt, update.feedsRootOf(), values.hash(), committee);
        signatures.check(digest, committee);
    }

    function _checkAge(uint32 observedAt, uint16 window, uint32 maxAge) private view {
        unchecked {
            if (uint256(observedAt) + maxAge < block.timestamp) {
                revert ReportTooOld(observedAt, block.timestamp - maxAge);
            }
            if (observedAt > block.timestamp + window) revert ReportFromFuture(observedAt, block.timestamp + window);
        }
    }

    function _checkMask(uint32 storeMask, bytes calldata values, CommitteeData committee) private pure {
        uint32 mask = values.maskOf();
        if (storeMask & ~mask != 0 || mask >> committee.shape().feeds() != 0) revert WrongStoreMask(storeMask, mask);
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

    /// The committee whose signatures a claim needs, and the report's times, which are not too old for the reader.
    function _openClaim(
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) private view returns (CommitteeData committee, uint32 observedAt, uint64 sequence) {
        (observedAt, sequence) = (claim.claimedObservedAt(), claim.claimedSequence());
        if (sequence < minSequence) revert SequenceTooOld(sequence, minSequence);
        (, committee) = _openTenure(sequence);
        _checkAge(observedAt, committee.shape().window(), maxAge);
    }

    /// What a claim says must have been signed if its leaves lead to this root.
    function _claimDigest(bytes calldata claim, CommitteeData committee, bytes32 root) private view returns (bytes32) {
        return _digestOf(claim.claimedSequence(), claim.claimedObservedAt(), root, claim.valuesHashOf(), committee);
    }

    function _digestOf(
        uint64 sequence,
        uint32 observedAt,
        bytes32 feedsRoot,
        bytes32 valuesHash,
        CommitteeData committee
    ) private view returns (bytes32) {
        bytes32 configDigest = committee.configDigest();
        return _hashTypedDataV4(SignedStatement.hashReport(configDigest, sequence, observedAt, feedsRoot, valuesHash));
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
    ) private returns (uint32 storedMask) {
        mapping(bytes32 => uint256[MAX_HISTORY]) storage history = _history;
        uint256 sequence = times.sequenceOf();
        // All that a feed costs besides its slots is one round of this loop.
        assembly ("memory-safe") {
            mstore(0x20, feeds.slot)
            for {
                let lane := 1
            } iszero(gt(lane, storeMask)) {
                lane := shl(1, lane)
                feedId := add(feedId, 0x20)
                value := add(value, 12)
            } {
                if and(storeMask, lane) {
                    mstore(0, mload(feedId))
                    let place := keccak256(0, 0x40)
                    let old := sload(place)
                    if lt(shr(192, shl(96, old)), sequence) {
                        // As FeedSlot: the value's 96 bits, the report's times, and the next round.
                        let word := or(shl(160, shr(160, calldataload(value))), times)
                        sstore(place, or(word, and(add(old, 1), 0xffffffff)))
                        storedMask := or(storedMask, lane)
                        if mul(depth, old) {
                            mstore(0x20, history.slot)
                            sstore(add(keccak256(0, 0x40), mod(and(old, 0xffffffff), depth)), old)
                            mstore(0x20, feeds.slot)
                        }
                    }
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
