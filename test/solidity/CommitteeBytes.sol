// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeData} from "../../contracts/libraries/CommitteeData.sol";

/// @notice Committees as `CommitteeData` lays them out, written by hand: what signs, and nothing else.
library CommitteeBytes {
    /// Members that sign reports without feeds. The quorum is f + 1.
    function ofSigners(bytes memory signers, uint16 index, uint8 f) internal pure returns (bytes memory) {
        bytes memory words = abi.encodePacked(bytes32("digest"), uint256(0), address(0));
        bytes memory numbers = abi.encodePacked(index, uint16(10), uint8(signers.length / 20), f, uint16(1), uint16(0));
        return abi.encodePacked(words, numbers, bytes2(0), signers);
    }

    function inMemory(bytes memory data) internal pure returns (CommitteeData committee) {
        assembly ("memory-safe") {
            committee := add(data, 0x20)
        }
    }
}
