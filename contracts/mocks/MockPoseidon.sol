// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPoseidonT6} from "../libraries/ObserverSet.sol";

/// @title A hash that is not Poseidon: the registry must refuse it
contract MockPoseidon is IPoseidonT6 {
    /// @inheritdoc IPoseidonT6
    function hash(uint256[5] memory inputs) external pure returns (uint256) {
        return uint256(keccak256(abi.encode(inputs)));
    }
}
