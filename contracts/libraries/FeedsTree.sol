// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {BitCount} from "./BitCount.sol";
import {CommitteeData} from "./CommitteeData.sol";
import {IReportHub} from "../interfaces/IReportHub.sol";
import {PackedValues} from "./PackedValues.sol";

/// @title The Merkle tree of a report
/// @notice OpenZeppelin's StandardMerkleTree with `sortLeaves: false`: a heap of 2m − 1 nodes whose last m, backwards, are the leaves
/// of the present feeds in lane order; a leaf is keccak256(keccak256(abi.encode(feedId, value, observedAt))); pairs are sorted.
library FeedsTree {
    using PackedValues for bytes;

    /// @notice keccak256(keccak256(abi.encode(feedId, value, observedAt))): hashed twice, so that no inner node is a leaf.
    function leaf(bytes32 feedId, int96 value, uint32 observedAt) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let encoded := mload(0x40)
            mstore(encoded, feedId)
            mstore(add(encoded, 0x20), signextend(11, value))
            mstore(add(encoded, 0x40), and(observedAt, 0xffffffff))
            mstore(0, keccak256(encoded, 0x60))
            hash := keccak256(0, 0x20)
        }
    }

    /// @notice The root that a leaf and its path lead to: as OpenZeppelin's MerkleProof, for a path without an ABI head.
    /// @param path The siblings from the leaf upwards, 32 bytes each; the caller keeps the length a multiple.
    function rootOf(bytes calldata path, bytes32 leafHash) internal pure returns (bytes32 hash) {
        hash = leafHash;
        assembly ("memory-safe") {
            for {
                let at := path.offset
                let end := add(path.offset, path.length)
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                let sibling := calldataload(at)
                let second := shl(5, gt(hash, sibling))
                mstore(second, hash)
                mstore(xor(second, 0x20), sibling)
                hash := keccak256(0, 0x40)
            }
        }
    }

    /// @notice The root over all present feeds of a report.
    /// @param values Packed values, every lane of whose mask is configured.
    function root(bytes calldata values, CommitteeData committee, uint32 observedAt) internal pure returns (bytes32) {
        uint256 lanes = committee.shape().lanes();
        uint256 mask = values.maskOf(lanes);
        uint256 count = BitCount.bits(mask);
        if (count == 0) revert IReportHub.EmptyReport();
        bytes32[] memory nodes = new bytes32[](2 * count - 1);
        // Indices stay below 2·count − 1 ≤ 511: the loops need no checks.
        unchecked {
            uint256 free = nodes.length;
            for (uint256 lane = 0; mask >> lane != 0; ++lane) {
                if ((mask >> lane) & 1 == 0) continue;
                nodes[--free] = leaf(committee.feedIdAt(lane), values.valueAt(lane, lanes), observedAt);
            }
            for (uint256 i = free; i > 0; --i) {
                nodes[i - 1] = Hashes.commutativeKeccak256(nodes[2 * i - 1], nodes[2 * i]);
            }
        }
        return nodes[0];
    }
}
