// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CodeStore} from "../libraries/CodeStore.sol";
import {CommitteeData} from "../libraries/CommitteeData.sol";
import {FeedsTree} from "../libraries/FeedsTree.sol";
import {IPoseidonT6, ObserverSet} from "../libraries/ObserverSet.sol";
import {KeySum} from "../libraries/KeySum.sol";
import {PackedLanes} from "../libraries/PackedLanes.sol";
import {PackedValues} from "../libraries/PackedValues.sol";
import {SchnorrSignature} from "../libraries/SchnorrSignature.sol";
import {Member, Point} from "../interfaces/ICommitteeRegistry.sol";

/// @title Opens the libraries to tests in TypeScript
contract LibraryHarness {
    function maskOf(bytes calldata values, uint256 lanes) external pure returns (uint256) {
        return PackedValues.maskOf(values, lanes);
    }

    function valueAt(bytes calldata values, uint256 lane, uint256 lanes) external pure returns (int96) {
        return PackedValues.valueAt(values, lane, lanes);
    }

    function feedsRoot(
        bytes calldata values,
        bytes32[] calldata feedIds,
        uint32 observedAt,
        uint16 lanes
    ) external pure returns (bytes32) {
        bytes memory data = abi.encodePacked(new bytes(90), lanes, uint16(feedIds.length), uint16(0), feedIds);
        CommitteeData committee;
        assembly ("memory-safe") {
            committee := add(data, 0x20)
        }
        return FeedsTree.root(values, committee, observedAt);
    }

    function leafRoot(
        bytes calldata path,
        bytes32 feedId,
        int96 value,
        uint32 observedAt
    ) external pure returns (bytes32) {
        return FeedsTree.rootOf(path, FeedsTree.leaf(feedId, value, observedAt));
    }

    function setRoot(IPoseidonT6 poseidon, Member[] calldata members, uint256 nMax) external pure returns (uint256) {
        return ObserverSet.root(poseidon, members, nMax);
    }

    function keySum(
        bytes calldata keys,
        uint256 bitmap,
        uint256 inverse
    ) external pure returns (uint256 x, uint256 parity, bool valid) {
        bytes memory copy = keys;
        uint256 keysAt;
        assembly ("memory-safe") {
            keysAt := add(copy, 0x20)
        }
        return KeySum.affine(keysAt, bitmap, inverse);
    }

    function isSchnorrSignature(
        Point calldata key,
        bytes32 digest,
        uint256 s,
        address nonce
    ) external view returns (bool) {
        return SchnorrSignature.isValid(key.x, key.y & 1, digest, s, nonce);
    }

    function isSchnorrKey(Point calldata key) external pure returns (bool) {
        return SchnorrSignature.isKey(key.x, key.y);
    }

    function laneAt(uint256 word, uint256 position, uint256 bits) external pure returns (bool present, int256 value) {
        uint256 part = PackedLanes.partOf(word, position, bits);
        return (part != 0, PackedLanes.decode(part, bits));
    }

    function store(bytes calldata data) external returns (address) {
        return CodeStore.write(data);
    }

    function read(address pointer) external view returns (bytes memory) {
        return CodeStore.readAll(pointer);
    }
}
