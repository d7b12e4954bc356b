// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {CommitteeKeys} from "../libraries/CommitteeKeys.sol";
import {FeedSlot} from "../libraries/FeedSlot.sol";
import {FeedsTree} from "../libraries/FeedsTree.sol";
import {MedianStatement} from "../libraries/MedianStatement.sol";
import {PackedValues} from "../libraries/PackedValues.sol";
import {SignatureQuorum} from "../libraries/SignatureQuorum.sol";
import {SignedStatement} from "../libraries/SignedStatement.sol";
import {Committee, ConfigurationState, ICommitteeRegistry, Statement} from "../interfaces/ICommitteeRegistry.sol";
import {Feed, IFeedHub, Report} from "../interfaces/IFeedHub.sol";
import {Groth16Proof} from "../interfaces/IMedianVerifier.sol";

/// @title Hub of all feeds of one oracle network
/// @notice See `IFeedHub`. Every function checks, computes, writes, emits; the only calls are views of the registry and its verifiers.
contract FeedHub is IFeedHub, EIP712 {
    using CommitteeKeys for Committee;
    using CommitteeKeys for bytes;
    using FeedSlot for uint256;
    using FeedsTree for bytes32[];
    using PackedValues for bytes;
    using SignatureQuorum for bytes;
    using SignedStatement for Report;

    /// @notice Reports that can still be proven. At a report every 4 s a prover has four minutes.
    uint32 public constant REPORT_SLOTS = 64;
    /// @notice Seconds after which a report can no longer be stored: a hoarded report must not pass for news of a silent feed,
    /// whose readers look at `updatedAt`. Every member's turn to transmit lies well inside it.
    uint32 public constant MAX_REPORT_AGE = 5 minutes;
    bytes32 public constant REPORT_TYPEHASH = SignedStatement.REPORT_TYPEHASH;

    uint256 private constant PROVEN = 1;

    struct Head {
        uint64 lastSequence;
        /// Counts reports from 1, so that 0 means none.
        uint32 reportIndex;
    }

    /// @inheritdoc IFeedHub
    ICommitteeRegistry public immutable override registry;

    /// @inheritdoc IFeedHub
    Head public override head;
    /// bytes31(report hash) ‖ proven flag, at reportIndex mod REPORT_SLOTS: a used slot never returns to zero.
    uint256[REPORT_SLOTS] private _reportSlots;
    mapping(bytes32 feedId => uint256) private _feeds;
    mapping(bytes32 feedId => uint256) private _provenFeeds;

    constructor(ICommitteeRegistry registry_) EIP712("Quorate", "1") {
        registry = registry_;
    }

    /// @inheritdoc IFeedHub
    function transmit(
        Report calldata report,
        bytes calldata values,
        uint32 storeMask,
        bytes calldata signatures
    ) external returns (uint32 reportIndex) {
        bytes32 reportHash = reportDigest(report);
        (Committee memory committee, bytes memory keys) = _checkSigned(report, reportHash, signatures);
        _checkAge(report.observedAt, committee.window, MAX_REPORT_AGE);
        _checkValues(report, values, storeMask, committee);
        if (storeMask == 0) revert WrongStoreMask(storeMask, values.maskOf());

        reportIndex = _record(report.sequence, reportHash);
        uint32 stored = _storeFeeds(report, values, storeMask, keys, committee.n);
        emit ReportTransmitted(report.configDigest, report.sequence, reportIndex, reportHash, stored, msg.sender);
    }

    /// @inheritdoc IFeedHub
    function prove(
        uint256 reportIndex,
        Report calldata report,
        bytes calldata values,
        uint32 storeMask,
        Groth16Proof calldata proof,
        uint256 commitment
    ) external {
        bytes32 reportHash = reportDigest(report);
        _checkRecorded(reportIndex, reportHash);
        Statement memory statement = registry.statement(report.configDigest);
        _checkProvable(report.configDigest, statement);
        _checkValues(report, values, storeMask, statement.committee);
        bytes memory keys = statement.committee.load();
        bytes32 root = FeedsTree.root(values, keys, statement.committee.n, report.observedAt);
        if (root != report.feedsRoot) revert WrongFeedsRoot(root, report.feedsRoot);
        uint256[3] memory signals = MedianStatement.publicSignals(report, values, statement, commitment);
        if (!statement.verifier.verifyMedian(proof, signals)) {
            revert ProofRejected(reportIndex, signals[1], signals[2]);
        }

        _reportSlots[reportIndex % REPORT_SLOTS] |= PROVEN;
        uint32 stored = _storeProvenFeeds(report, values, storeMask, keys, statement.committee.n);
        emit ReportProven(report.configDigest, report.sequence, uint32(reportIndex), reportHash, stored);
    }

    /// @inheritdoc IFeedHub
    function verify(
        Report calldata report,
        bytes32 feedId,
        int96 value,
        bytes32[] calldata path,
        bytes calldata signatures,
        uint32 maxAge,
        uint64 minSequence
    ) external view returns (int96, uint32, uint64) {
        if (report.sequence < minSequence) revert SequenceTooOld(report.sequence, minSequence);
        (Committee memory committee, ) = _checkSigned(report, reportDigest(report), signatures);
        _checkAge(report.observedAt, committee.window, maxAge);
        bytes32 root = path.rootOf(FeedsTree.leaf(feedId, value, report.observedAt));
        if (root != report.feedsRoot) revert WrongMerklePath(root, report.feedsRoot);
        return (value, report.observedAt, report.sequence);
    }

    /// @inheritdoc IFeedHub
    function latest(bytes32 feedId) external view returns (Feed memory) {
        uint256 slot = _feeds[feedId];
        if (slot == 0) revert NoValue(feedId);
        return slot.unpack();
    }

    /// @inheritdoc IFeedHub
    function latestProven(bytes32 feedId) external view returns (Feed memory) {
        uint256 slot = _provenFeeds[feedId];
        if (slot == 0) revert NoProvenValue(feedId);
        return slot.unpack();
    }

    /// @inheritdoc IFeedHub
    function latestMany(bytes32[] calldata feedIds) external view returns (Feed[] memory feeds) {
        feeds = new Feed[](feedIds.length);
        for (uint256 i = 0; i < feedIds.length; ++i) feeds[i] = _feeds[feedIds[i]].unpack();
    }

    /// @inheritdoc IFeedHub
    function reportSlot(uint256 reportIndex) external view returns (bytes31 reportHash, bool proven) {
        uint256 newest = head.reportIndex;
        if (reportIndex == 0 || reportIndex > newest || newest - reportIndex >= REPORT_SLOTS) return (0, false);
        uint256 slot = _reportSlots[reportIndex % REPORT_SLOTS];
        return (bytes31(bytes32(slot)), slot & PROVEN != 0);
    }

    /// @inheritdoc IFeedHub
    function reportDigest(Report calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(report.hash());
    }

    function _checkSigned(
        Report calldata report,
        bytes32 reportHash,
        bytes calldata signatures
    ) private view returns (Committee memory committee, bytes memory keys) {
        committee = registry.committee(report.configDigest);
        if (block.timestamp > committee.validUntil) {
            revert CommitteeNotValid(report.configDigest, block.timestamp, committee.validUntil);
        }
        uint16 index = uint16(report.sequence >> 48);
        if (index != committee.index) revert WrongConfigurationIndex(index, committee.index);
        uint16 newest = uint16(head.lastSequence >> 48);
        if (index < newest) revert CommitteeSuperseded(index, newest);
        keys = committee.load();
        signatures.check(reportHash, keys, committee.n, committee.f + 1);
    }

    function _checkAge(uint32 observedAt, uint16 window, uint32 maxAge) private view {
        if (uint256(observedAt) + maxAge < block.timestamp) revert ReportTooOld(observedAt, block.timestamp - maxAge);
        if (observedAt > block.timestamp + window) revert ReportFromFuture(observedAt, block.timestamp + window);
    }

    function _checkValues(
        Report calldata report,
        bytes calldata values,
        uint32 storeMask,
        Committee memory committee
    ) private pure {
        uint256 expected = PackedValues.lengthFor(committee.lanes);
        if (values.length != expected) revert WrongValuesLength(values.length, expected);
        bytes32 valuesHash = keccak256(values);
        if (valuesHash != report.valuesHash) revert WrongValuesHash(valuesHash, report.valuesHash);
        uint32 mask = values.maskOf();
        if (storeMask & ~mask != 0 || mask >> committee.feeds != 0) revert WrongStoreMask(storeMask, mask);
    }

    function _checkRecorded(uint256 reportIndex, bytes32 reportHash) private view {
        uint256 newest = head.reportIndex;
        if (reportIndex == 0 || reportIndex > newest) revert UnknownReportIndex(reportIndex, newest);
        if (newest - reportIndex >= REPORT_SLOTS) revert ReportOverwritten(reportIndex, newest - REPORT_SLOTS + 1);
        uint256 slot = _reportSlots[reportIndex % REPORT_SLOTS];
        bytes31 stored = bytes31(bytes32(slot));
        if (stored != bytes31(reportHash)) revert WrongReport(reportIndex, stored, bytes31(reportHash));
        if (slot & PROVEN != 0) revert AlreadyProven(reportIndex);
    }

    function _checkProvable(bytes32 configDigest, Statement memory statement) private pure {
        if (statement.state == ConfigurationState.Revoked) revert CommitteeRevoked(configDigest);
        if (address(statement.verifier) == address(0)) revert NoVerifier(configDigest);
    }

    /// Gives the newest report a slot; a repeated one keeps its own; an older one gets none.
    function _record(uint64 sequence, bytes32 reportHash) private returns (uint32 reportIndex) {
        Head memory last = head;
        if (sequence < last.lastSequence) return 0;
        bytes31 given = bytes31(reportHash);
        if (sequence == last.lastSequence) {
            bytes31 stored = bytes31(bytes32(_reportSlots[last.reportIndex % REPORT_SLOTS]));
            if (stored != given) revert ConflictingReport(sequence, stored, given);
            return last.reportIndex;
        }
        reportIndex = last.reportIndex + 1;
        _reportSlots[reportIndex % REPORT_SLOTS] = uint256(bytes32(given));
        head = Head(sequence, reportIndex);
    }

    function _storeFeeds(
        Report calldata report,
        bytes calldata values,
        uint32 storeMask,
        bytes memory keys,
        uint256 n
    ) private returns (uint32 stored) {
        for (uint256 lane = 0; storeMask >> lane != 0; ++lane) {
            if ((storeMask >> lane) & 1 == 0) continue;
            bytes32 feedId = keys.feedIdAt(n, lane);
            int96 value = values.valueAt(lane);
            uint32 roundId = _store(_feeds, feedId, value, report);
            if (roundId == 0) continue;
            stored |= uint32(1 << lane);
            emit FeedUpdated(feedId, roundId, value, report.observedAt);
        }
    }

    function _storeProvenFeeds(
        Report calldata report,
        bytes calldata values,
        uint32 storeMask,
        bytes memory keys,
        uint256 n
    ) private returns (uint32 stored) {
        for (uint256 lane = 0; storeMask >> lane != 0; ++lane) {
            if ((storeMask >> lane) & 1 == 0) continue;
            uint32 roundId = _store(_provenFeeds, keys.feedIdAt(n, lane), values.valueAt(lane), report);
            if (roundId != 0) stored |= uint32(1 << lane);
        }
    }

    /// Returns the new round of the feed, or 0 when the feed already holds a value at least as new.
    function _store(
        mapping(bytes32 => uint256) storage feeds,
        bytes32 feedId,
        int96 value,
        Report calldata report
    ) private returns (uint32 roundId) {
        uint256 slot = feeds[feedId];
        if (report.sequence <= slot.sequenceOf()) return 0;
        roundId = slot.roundIdOf() + 1;
        Feed memory feed = Feed(value, report.sequence, report.observedAt, uint32(block.timestamp), roundId);
        feeds[feedId] = FeedSlot.pack(feed);
    }
}
