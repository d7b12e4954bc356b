// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Configuration, FeedSpec, Member, Point, SignatureScheme} from "../interfaces/ICommitteeRegistry.sol";
import {IMedianVerifier} from "../interfaces/IMedianVerifier.sol";

/// @notice Where a committee's data begins in memory.
type CommitteeData is uint256;

/// @notice The small fields of a committee's data in one word: see `CommitteeData`.
type CommitteeShape is uint256;

using CommitteeDataAccess for CommitteeData global;
using CommitteeShapeAccess for CommitteeShape global;

/// @title What checking reports and proofs takes of a configuration, as one byte string
/// @notice Kept in code, so that a report costs one cold account however large its committee is. From the first byte:
/// configDigest:32 | setRoot:32 | verifier:20 | index:2 | window:2 | n:1 | f:1 | lanes:2 | feeds:2 | scheme:1 | zero:1 |
/// the feeds' ids, 32 bytes each | the members' signers, 20 bytes each | the scheme's Schnorr keys, x ‖ y of 64 bytes each.
/// @dev Written by the registry alone, from a configuration that it has checked.
library CommitteeDataAccess {
    uint256 private constant HEADER_BYTES = 96;
    uint256 private constant FEED_ID_BYTES = 32;
    uint256 private constant SIGNER_BYTES = 20;
    uint256 private constant SET_ROOT_AT = 32;
    /// The verifier and the small fields: the header's last word.
    uint256 private constant SHAPE_AT = 64;

    /// @notice The bytes to keep. `verifier` and `setRoot` are zero for a committee that only signs.
    function encode(
        Configuration calldata configuration,
        bytes32 digest,
        IMedianVerifier verifier_,
        uint256 setRoot_
    ) internal pure returns (bytes memory data) {
        FeedSpec[] calldata specs = configuration.feeds;
        Member[] calldata members = configuration.members;
        data = abi.encodePacked(
            digest,
            setRoot_,
            address(verifier_),
            configuration.index,
            configuration.timing.window,
            uint8(members.length),
            configuration.f,
            configuration.lanes,
            uint16(specs.length),
            configuration.scheme,
            bytes1(0)
        );
        bytes memory ids = new bytes(FEED_ID_BYTES * specs.length);
        for (uint256 q = 0; q < specs.length; ++q) {
            bytes32 id = specs[q].id;
            assembly ("memory-safe") {
                mstore(add(add(ids, 0x20), mul(FEED_ID_BYTES, q)), id)
            }
        }
        data = bytes.concat(data, ids);
        for (uint256 i = 0; i < members.length; ++i) data = bytes.concat(data, bytes20(members[i].signer));
        Point[] calldata keys = configuration.schnorrKeys;
        for (uint256 i = 0; i < keys.length; ++i) data = bytes.concat(data, bytes32(keys[i].x), bytes32(keys[i].y));
    }

    /// @notice Loads `length` bytes of a code store into memory.
    function load(address store, uint256 length) internal view returns (CommitteeData data) {
        assembly ("memory-safe") {
            data := mload(0x40)
            mstore(0x40, and(add(add(data, length), 0x1f), not(0x1f)))
            extcodecopy(store, data, 1, length)
        }
    }

    /// @notice Loads all but the feeds' ids, whose place holds whatever is there: a hub that names feeds by their lanes needs none, and
    /// they are most of the bytes where there are hundreds.
    function loadWithoutIds(address store, uint256 length) internal view returns (CommitteeData data) {
        assembly ("memory-safe") {
            data := mload(0x40)
            mstore(0x40, and(add(add(data, length), 0x1f), not(0x1f)))
            extcodecopy(store, data, 1, HEADER_BYTES)
            let feeds_ := and(shr(16, mload(add(data, SHAPE_AT))), 0xffff)
            let signersFrom := add(HEADER_BYTES, mul(FEED_ID_BYTES, feeds_))
            extcodecopy(store, add(data, signersFrom), add(signersFrom, 1), sub(length, signersFrom))
        }
    }

    /// @notice Loads all that a code store keeps.
    function loadAll(address store) internal view returns (CommitteeData) {
        return load(store, store.code.length - 1);
    }

    function configDigest(CommitteeData data) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := mload(data)
        }
    }

    /// @notice Chained Poseidon of the observer keys, padded to the verifier's nMax.
    function setRoot(CommitteeData data) internal pure returns (uint256 root) {
        assembly ("memory-safe") {
            root := mload(add(data, SET_ROOT_AT))
        }
    }

    function shape(CommitteeData data) internal pure returns (CommitteeShape word) {
        assembly ("memory-safe") {
            word := mload(add(data, SHAPE_AT))
        }
    }

    /// @notice Where the feeds' ids begin in memory.
    function feedIdsAt(CommitteeData data) internal pure returns (uint256) {
        unchecked {
            return CommitteeData.unwrap(data) + HEADER_BYTES;
        }
    }

    /// @notice The id of the feed at one lane. The caller keeps `lane` below the number of feeds.
    function feedIdAt(CommitteeData data, uint256 lane) internal pure returns (bytes32 feedId) {
        assembly ("memory-safe") {
            feedId := mload(add(add(data, HEADER_BYTES), mul(FEED_ID_BYTES, lane)))
        }
    }

    /// @notice The signer of one member. The caller keeps `member` below n.
    function signerAt(CommitteeData data, uint256 member) internal pure returns (address signer) {
        uint256 start = data.signersAt();
        assembly ("memory-safe") {
            signer := shr(96, mload(add(start, mul(SIGNER_BYTES, member))))
        }
    }

    /// @notice Where the signers begin in memory.
    function signersAt(CommitteeData data) internal pure returns (uint256) {
        unchecked {
            return data.feedIdsAt() + FEED_ID_BYTES * data.shape().feeds();
        }
    }

    /// @notice Where the scheme's Schnorr keys begin in memory.
    function schnorrKeysAt(CommitteeData data) internal pure returns (uint256) {
        unchecked {
            return data.signersAt() + SIGNER_BYTES * data.shape().n();
        }
    }
}

library CommitteeShapeAccess {
    /// @notice The contract that takes proofs of its reports; zero for none.
    function verifier(CommitteeShape shape) internal pure returns (IMedianVerifier) {
        return IMedianVerifier(address(uint160(CommitteeShape.unwrap(shape) >> 96)));
    }

    function index(CommitteeShape shape) internal pure returns (uint16) {
        return uint16(CommitteeShape.unwrap(shape) >> 80);
    }

    /// @notice W, seconds.
    function window(CommitteeShape shape) internal pure returns (uint16) {
        return uint16(CommitteeShape.unwrap(shape) >> 64);
    }

    function n(CommitteeShape shape) internal pure returns (uint256) {
        return uint8(CommitteeShape.unwrap(shape) >> 56);
    }

    function f(CommitteeShape shape) internal pure returns (uint256) {
        return uint8(CommitteeShape.unwrap(shape) >> 48);
    }

    function lanes(CommitteeShape shape) internal pure returns (uint256) {
        return uint16(CommitteeShape.unwrap(shape) >> 32);
    }

    function feeds(CommitteeShape shape) internal pure returns (uint256) {
        return uint16(CommitteeShape.unwrap(shape) >> 16);
    }

    /// @notice How its members sign reports. The registry writes no other number than the enum's.
    function scheme(CommitteeShape shape) internal pure returns (SignatureScheme scheme_) {
        assembly ("memory-safe") {
            scheme_ := and(shr(8, shape), 0xff)
        }
    }
}
