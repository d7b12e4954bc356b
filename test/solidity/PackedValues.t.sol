// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {FeedsTree} from "../../contracts/libraries/FeedsTree.sol";
import {PackedValues} from "../../contracts/libraries/PackedValues.sol";
import {CommitteeBytes} from "./CommitteeBytes.sol";

contract PackedValuesTest {
    function testFuzz_readsEveryLane(uint32 mask, int96[8] memory values) external view {
        bytes memory packed = pack(mask, values);
        require(packed.length == PackedValues.lengthFor(8), "length");
        require(this.maskOf(packed, 8) == mask, "mask");
        for (uint256 lane = 0; lane < 8; ++lane) {
            require(this.valueAt(packed, lane, 8) == values[lane], "value");
        }
    }

    function testFuzz_readsEveryLaneOfMany(uint256 mask, uint256 seed, uint256 lanes) external view {
        lanes = 33 + (lanes % 224);
        bytes memory packed = abi.encodePacked(mask);
        for (uint256 lane = 0; lane < lanes; ++lane) packed = bytes.concat(packed, bytes12(drawn(seed, lane)));
        require(packed.length == PackedValues.lengthFor(lanes), "length");
        require(this.maskOf(packed, lanes) == mask, "mask");
        for (uint256 lane = 0; lane < lanes; ++lane) {
            require(this.valueAt(packed, lane, lanes) == int96(uint96(drawn(seed, lane))), "value");
        }
    }

    function drawn(uint256 seed, uint256 lane) private pure returns (bytes12) {
        return bytes12(keccak256(abi.encode(seed, lane)));
    }

    function testFuzz_leafIsOpenZeppelins(bytes32 feedId, int96 value, uint32 observedAt) external pure {
        bytes32 expected = keccak256(bytes.concat(keccak256(abi.encode(feedId, value, observedAt))));
        require(FeedsTree.leaf(feedId, value, observedAt) == expected, "leaf");
    }

    function testFuzz_rootOfTwoIsTheirHash(bytes32[2] memory feedIds, int96[8] memory values) external view {
        bytes32 a = FeedsTree.leaf(feedIds[0], values[0], 7);
        bytes32 b = FeedsTree.leaf(feedIds[1], values[1], 7);
        bytes32 treeRoot = this.root(pack(3, values), abi.encodePacked(feedIds), 7);
        require(treeRoot == (a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a))), "root");
        bytes32[] memory path = new bytes32[](1);
        path[0] = b;
        require(MerkleProof.verify(path, treeRoot, a), "path");
    }

    function testFuzz_pathsLeadWhereOpenZeppelinsDo(bytes32 leafHash, bytes32[] memory path) external view {
        require(this.rootOf(abi.encodePacked(path), leafHash) == MerkleProof.processProof(path, leafHash), "root");
    }

    function rootOf(bytes calldata path, bytes32 leafHash) external pure returns (bytes32) {
        return FeedsTree.rootOf(path, leafHash);
    }

    function maskOf(bytes calldata packed, uint256 lanes) external pure returns (uint256) {
        return PackedValues.maskOf(packed, lanes);
    }

    function valueAt(bytes calldata packed, uint256 lane, uint256 lanes) external pure returns (int96) {
        return PackedValues.valueAt(packed, lane, lanes);
    }

    function root(bytes calldata packed, bytes memory feedIds, uint32 observedAt) external pure returns (bytes32) {
        bytes memory data = bytes.concat(new bytes(90), hex"0008", new bytes(4), feedIds);
        return FeedsTree.root(packed, CommitteeBytes.inMemory(data), observedAt);
    }

    function pack(uint32 mask, int96[8] memory values) private pure returns (bytes memory packed) {
        packed = abi.encodePacked(mask);
        for (uint256 lane = 0; lane < 8; ++lane) packed = abi.encodePacked(packed, values[lane]);
    }
}
