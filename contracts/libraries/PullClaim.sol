// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReportHub} from "../interfaces/IReportHub.sol";
import {CommitteeData} from "./CommitteeData.sol";
import {FeedsTree} from "./FeedsTree.sol";
import {ReportHeader} from "./ReportHeader.sol";
import {ReportSignatures} from "./ReportSignatures.sol";

/// @title Values of a report as they travel in a reader's own call
/// @notice sequence:uint64 | observedAt:uint32 | valuesHash:bytes32 | signatures | leaves. A leaf is value:int96 | depth:uint8 |
/// depth nodes of its Merkle path, 32 bytes each; the feed it belongs to is the reader's word, not the claim's. The Merkle root
/// follows from the leaves, so it is not in the claim. Against a report that is on chain the signatures are left out.
library PullClaim {
    uint256 private constant HEADER_BYTES = ReportHeader.LENGTH_WITH_WORD;
    uint256 private constant LEAF_BYTES = 13;
    uint256 private constant NODE_BYTES = 32;

    /// @notice The signatures, and the leaves, which get what is left.
    function splitClaim(
        bytes calldata claim,
        CommitteeData committee
    ) internal pure returns (bytes calldata signatures, bytes calldata leaves) {
        uint256 end = HEADER_BYTES + ReportSignatures.lengthFor(committee.shape());
        if (claim.length < end) revert IReportHub.TruncatedClaim(claim.length, end);
        return (claim[HEADER_BYTES:end], claim[end:]);
    }

    /// @notice The leaves of a claim without signatures.
    function unsignedLeaves(bytes calldata claim) internal pure returns (bytes calldata) {
        if (claim.length < HEADER_BYTES) revert IReportHub.TruncatedClaim(claim.length, HEADER_BYTES);
        return claim[HEADER_BYTES:];
    }

    /// @notice The value of the only leaf, and the root that it leads to as this feed's.
    function openOnly(
        bytes calldata leaves,
        bytes32 feedId,
        uint32 observedAt
    ) internal pure returns (int96 value, bytes32 root) {
        (value, root, leaves) = open(leaves, feedId, observedAt);
        if (leaves.length != 0) revert IReportHub.OverlongClaim(leaves.length);
    }

    /// @notice The values of one leaf for each feed, in their order, and the root that all of them lead to.
    function openMany(
        bytes calldata leaves,
        bytes32[] calldata feedIds,
        uint32 observedAt
    ) internal pure returns (int96[] memory values, bytes32 root) {
        values = new int96[](feedIds.length);
        for (uint256 i = 0; i < feedIds.length; ++i) {
            bytes32 next;
            (values[i], next, leaves) = open(leaves, feedIds[i], observedAt);
            if (i != 0 && next != root) revert IReportHub.WrongMerklePath(next, root);
            root = next;
        }
        if (leaves.length != 0) revert IReportHub.OverlongClaim(leaves.length);
    }

    /// Takes the first leaf: its value, its root, and the leaves after it.
    function open(
        bytes calldata leaves,
        bytes32 feedId,
        uint32 observedAt
    ) private pure returns (int96 value, bytes32 root, bytes calldata rest) {
        if (leaves.length < LEAF_BYTES) revert IReportHub.TruncatedClaim(leaves.length, LEAF_BYTES);
        value = int96(uint96(bytes12(leaves)));
        uint256 end = LEAF_BYTES + NODE_BYTES * uint8(leaves[LEAF_BYTES - 1]);
        if (leaves.length < end) revert IReportHub.TruncatedClaim(leaves.length, end);
        root = FeedsTree.rootOf(leaves[LEAF_BYTES:end], FeedsTree.leaf(feedId, value, observedAt));
        rest = leaves[end:];
    }
}
