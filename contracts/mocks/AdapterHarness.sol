// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {HubRead} from "../libraries/HubRead.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {PythClaim} from "../libraries/PythClaim.sol";
import {UsedMemory} from "./UsedMemory.sol";

/// @title Opens the libraries of proxies and adapters to tests in TypeScript
contract AdapterHarness is UsedMemory {
    function newest(IFeedHub hub, bytes32 feedId) external view inUsedMemory returns (uint256) {
        return HubRead.newest(hub, feedId);
    }

    function newestOrNone(IFeedHub hub, bytes32 feedId) external view inUsedMemory returns (uint256) {
        return HubRead.newestOrNone(hub, feedId);
    }

    function splitPythClaim(bytes calldata data) external pure returns (bytes32[] memory, bytes memory) {
        (bytes32[] calldata feedIds, bytes calldata claim) = PythClaim.split(data);
        return (feedIds, claim);
    }
}
