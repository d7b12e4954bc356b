// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SchnorrSignature} from "../libraries/SchnorrSignature.sol";
import {Point} from "../interfaces/ICommitteeRegistry.sol";

/// @title Checks signatures over memory in which something was left before
contract ScratchHarness {
    function isSchnorrSignature(
        Point calldata key,
        bytes32 digest,
        uint256 s,
        address nonce,
        bytes32 left
    ) external view returns (bool) {
        assembly ("memory-safe") {
            mstore(0, left)
        }
        return SchnorrSignature.isValid(key.x, key.y & 1, digest, s, nonce);
    }
}
