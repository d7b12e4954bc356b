// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeData} from "../libraries/CommitteeData.sol";
import {KeySum} from "../libraries/KeySum.sol";
import {SchnorrSignature} from "../libraries/SchnorrSignature.sol";
import {SignatureQuorum} from "../libraries/SignatureQuorum.sol";
import {Point} from "../interfaces/ICommitteeRegistry.sol";

/// @title Opens the libraries of signatures to tests in TypeScript
/// @dev `left` is what was in memory before, where the precompile's answer goes.
contract SignatureHarness {
    function keySum(
        bytes calldata keys,
        uint256 bitmap,
        uint256 inverse
    ) external pure returns (uint256 x, uint256 parity, bool valid) {
        return KeySum.affine(placeOf(keys), bitmap, inverse);
    }

    function isSchnorrKey(Point calldata key) external pure returns (bool) {
        return SchnorrSignature.isKey(key.x, key.y);
    }

    function isSchnorrSignature(
        Point calldata key,
        bytes32 digest,
        uint256 s,
        address nonce,
        bytes32 left
    ) external view returns (bool) {
        leave(left);
        return SchnorrSignature.isValid(key.x, key.y & 1, digest, s, nonce);
    }

    /// @param committee Its data as bytes, of any members: no registry has looked at them.
    function checkSignatures(
        bytes calldata signatures,
        bytes32 digest,
        bytes calldata committee,
        bytes32 left
    ) external view {
        CommitteeData data = CommitteeData.wrap(placeOf(committee));
        leave(left);
        SignatureQuorum.check(signatures, digest, data);
    }

    /// Where a copy in memory begins.
    function placeOf(bytes memory copy) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := add(copy, 0x20)
        }
    }

    function leave(bytes32 left) private pure {
        assembly ("memory-safe") {
            mstore(0, left)
        }
    }
}
