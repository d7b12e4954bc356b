// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeData} from "../libraries/CommitteeData.sol";
import {FeedsTree} from "../libraries/FeedsTree.sol";
import {MedianStatement} from "../libraries/MedianStatement.sol";
import {PackedUpdate} from "../libraries/PackedUpdate.sol";
import {PackedValues} from "../libraries/PackedValues.sol";
import {PullClaim} from "../libraries/PullClaim.sol";
import {Report} from "../interfaces/IReportHub.sol";
import {ReportHeader} from "../libraries/ReportHeader.sol";
import {ReportUpdate} from "../libraries/ReportUpdate.sol";
import {SignedStatement} from "../libraries/SignedStatement.sol";
import {UsedMemory} from "./UsedMemory.sol";

/// @title Opens the libraries that read reports to tests in TypeScript
/// @dev A committee's data comes as its bytes: see `CommitteeData`.
contract ReportHarness is UsedMemory {
    function maskBytes(uint256 lanes) external pure returns (uint256) {
        return PackedValues.maskBytes(lanes);
    }

    function lengthFor(uint256 lanes) external pure returns (uint256) {
        return PackedValues.lengthFor(lanes);
    }

    function maskOf(bytes calldata values, uint256 lanes) external pure returns (uint256) {
        return PackedValues.maskOf(values, lanes);
    }

    function hashOf(bytes calldata values) external pure inUsedMemory returns (bytes32) {
        return PackedValues.hash(values);
    }

    /// @return word The value as assembly sees it.
    function valueAt(bytes calldata values, uint256 lane, uint256 lanes) external pure returns (int256 word) {
        int96 value = PackedValues.valueAt(values, lane, lanes);
        assembly ("memory-safe") {
            word := value
        }
    }

    function header(bytes calldata data) external pure returns (uint64, uint32, bytes32) {
        return (ReportHeader.sequenceOf(data), ReportHeader.observedAtOf(data), ReportHeader.wordOf(data));
    }

    function storeMaskOf(bytes calldata update, uint256 lanes) external pure returns (uint256) {
        return ReportUpdate.storeMaskOf(update, lanes);
    }

    function splitUpdate(bytes calldata update, uint256 lanes) external pure returns (bytes calldata, bytes calldata) {
        return ReportUpdate.split(update, lanes);
    }

    function provenValuesOf(bytes calldata update, bytes memory committee) external pure returns (bytes calldata) {
        return ReportUpdate.provenValuesOf(update, inMemory(committee));
    }

    function splitPacked(
        bytes calldata update,
        bytes memory committee,
        uint256 bits
    ) external pure returns (bytes calldata, bytes calldata) {
        return PackedUpdate.split(update, inMemory(committee), bits);
    }

    function splitClaim(
        bytes calldata claim,
        bytes memory committee
    ) external pure returns (bytes calldata, bytes calldata) {
        return PullClaim.splitClaim(claim, inMemory(committee));
    }

    function unsignedLeaves(bytes calldata claim) external pure returns (bytes calldata) {
        return PullClaim.unsignedLeaves(claim);
    }

    function openOnly(bytes calldata leaves, bytes32 feedId, uint32 observedAt) external pure returns (int96, bytes32) {
        return PullClaim.openOnly(leaves, feedId, observedAt);
    }

    function openMany(
        bytes calldata leaves,
        bytes32[] calldata feedIds,
        uint32 observedAt
    ) external pure returns (int96[] memory, bytes32) {
        return PullClaim.openMany(leaves, feedIds, observedAt);
    }

    /// @param valueWord The value is its lowest 96 bits; what is above them is dirt.
    /// @param timeWord Likewise 32 bits.
    function leaf(bytes32 feedId, uint256 valueWord, uint256 timeWord) external pure inUsedMemory returns (bytes32) {
        int96 value;
        uint32 observedAt;
        assembly ("memory-safe") {
            value := valueWord
            observedAt := timeWord
        }
        return FeedsTree.leaf(feedId, value, observedAt);
    }

    function rootOf(bytes calldata path, bytes32 leafHash) external pure inUsedMemory returns (bytes32) {
        return FeedsTree.rootOf(path, leafHash);
    }

    function root(bytes calldata values, bytes memory committee, uint32 observedAt) external pure returns (bytes32) {
        return FeedsTree.root(values, inMemory(committee), observedAt);
    }

    function publicSignals(
        uint64 sequence,
        uint32 observedAt,
        bytes calldata values,
        bytes memory committee,
        uint256 commitment
    ) external view returns (uint256[3] memory) {
        return MedianStatement.publicSignals(sequence, observedAt, values, inMemory(committee), commitment);
    }

    /// @dev Of sequence and observedAt the lowest 64 and 32 bits count.
    function hashReport(
        bytes32 configDigest,
        uint256 sequenceWord,
        uint256 timeWord,
        bytes32 feedsRoot,
        bytes32 valuesHash
    ) external pure inUsedMemory returns (bytes32) {
        uint64 sequence;
        uint32 observedAt;
        assembly ("memory-safe") {
            sequence := sequenceWord
            observedAt := timeWord
        }
        return SignedStatement.hashReport(configDigest, sequence, observedAt, feedsRoot, valuesHash);
    }

    function hashStruct(Report calldata report) external pure returns (bytes32) {
        return SignedStatement.hash(report);
    }

    function inMemory(bytes memory committee) private pure returns (CommitteeData data) {
        assembly ("memory-safe") {
            data := add(committee, 0x20)
        }
    }
}
