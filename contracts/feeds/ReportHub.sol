// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeData} from "../libraries/CommitteeData.sol";
import {PullClaim} from "../libraries/PullClaim.sol";
import {ReportHeader} from "../libraries/ReportHeader.sol";
import {ReportSignatures} from "../libraries/ReportSignatures.sol";
import {SignedStatement} from "../libraries/SignedStatement.sol";
import {ICommitteeRegistry} from "../interfaces/ICommitteeRegistry.sol";
import {IReportHub, Report} from "../interfaces/IReportHub.sol";
import {CommitteeHub} from "./CommitteeHub.sol";

/// @title Checks signed reports
/// @notice See `IReportHub`. How values are stored is the deriving hub's own.
abstract contract ReportHub is IReportHub, CommitteeHub {
    using PullClaim for bytes;
    using ReportHeader for bytes;
    using ReportSignatures for bytes;
    using SignedStatement for Report;

    /// @notice Seconds after which a report can no longer be stored: a hoarded report must not pass for news of a silent feed,
    /// whose readers look at `updatedAt`. Every member's turn to transmit lies well inside it.
    uint32 public constant MAX_REPORT_AGE = 5 minutes;

    constructor(ICommitteeRegistry registry_) CommitteeHub(registry_) {}

    /// @inheritdoc IReportHub
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

    /// @inheritdoc IReportHub
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

    /// @inheritdoc IReportHub
    function digestOf(Report memory report) external view returns (bytes32) {
        return _hashTypedDataV4(report.hash());
    }

    function _checkAge(uint32 observedAt, uint16 window, uint32 maxAge) internal view {
        unchecked {
            if (uint256(observedAt) + maxAge < block.timestamp) {
                revert ReportTooOld(observedAt, block.timestamp - maxAge);
            }
            if (observedAt > block.timestamp + window) revert ReportFromFuture(observedAt, block.timestamp + window);
        }
    }

    /// The committee whose signatures a claim needs, and the report's times, which are not too old for the reader.
    function _openClaim(
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) private view returns (CommitteeData committee, uint32 observedAt, uint64 sequence) {
        (observedAt, sequence) = (claim.observedAtOf(), claim.sequenceOf());
        if (sequence < minSequence) revert SequenceTooOld(sequence, minSequence);
        (, committee) = _openTenure(sequence);
        _checkAge(observedAt, committee.shape().window(), maxAge);
    }

    /// What a claim says must have been signed if its leaves lead to this root.
    function _claimDigest(bytes calldata claim, CommitteeData committee, bytes32 root) internal view returns (bytes32) {
        return _digestOf(claim.sequenceOf(), claim.observedAtOf(), root, claim.wordOf(), committee);
    }

    function _digestOf(
        uint64 sequence,
        uint32 observedAt,
        bytes32 feedsRoot,
        bytes32 valuesHash,
        CommitteeData committee
    ) internal view returns (bytes32) {
        bytes32 configDigest = committee.configDigest();
        return _hashTypedDataV4(SignedStatement.hashReport(configDigest, sequence, observedAt, feedsRoot, valuesHash));
    }
}
