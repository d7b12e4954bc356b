// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CodeStore} from "./CodeStore.sol";
import {Committee, FeedSpec, Member} from "../interfaces/ICommitteeRegistry.sol";

/// @title A committee's signer addresses and feed ids as one byte string
/// @notice n addresses of 20 bytes, then the feed ids of 32 bytes: one code store, so that a report costs one cold account.
library CommitteeKeys {
    uint256 private constant SIGNER_BYTES = 20;
    uint256 private constant FEED_ID_BYTES = 32;

    /// @notice Keeps the keys of a configuration in code.
    function write(Member[] calldata members, FeedSpec[] calldata feeds) internal returns (address store) {
        bytes memory keys;
        for (uint256 i = 0; i < members.length; ++i) keys = bytes.concat(keys, bytes20(members[i].signer));
        for (uint256 q = 0; q < feeds.length; ++q) keys = bytes.concat(keys, feeds[q].id);
        return CodeStore.write(keys);
    }

    /// @notice Loads the keys into memory.
    function load(Committee memory committee) internal view returns (bytes memory) {
        return CodeStore.read(committee.keys, SIGNER_BYTES * committee.n + FEED_ID_BYTES * committee.feeds);
    }

    /// @notice The signer of one member. The caller keeps `member` below n.
    function signerAt(bytes memory keys, uint256 member) internal pure returns (address signer) {
        assembly ("memory-safe") {
            signer := shr(96, mload(add(add(keys, 0x20), mul(SIGNER_BYTES, member))))
        }
    }

    /// @notice The id of the feed at one lane. The caller keeps `lane` below the number of feeds.
    function feedIdAt(bytes memory keys, uint256 n, uint256 lane) internal pure returns (bytes32 feedId) {
        assembly ("memory-safe") {
            feedId := mload(add(add(add(keys, 0x20), mul(SIGNER_BYTES, n)), mul(FEED_ID_BYTES, lane)))
        }
    }
}
