// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SignatureScheme} from "../interfaces/ICommitteeRegistry.sol";
import {IReportHub} from "../interfaces/IReportHub.sol";
import {BitCount} from "./BitCount.sol";
import {CommitteeData, CommitteeShape} from "./CommitteeData.sol";
import {KeySum} from "./KeySum.sol";
import {SchnorrSignature} from "./SchnorrSignature.sol";

/// @title One Schnorr signature that f+1 committee members made together
/// @notice Of the group's key: s:uint256 | nonce:address. Of a sum of members' keys: signer bitmap:uint32 | inverse:uint256 |
/// s:uint256 | nonce:address; the inverse is the hint of `KeySum`.
library SchnorrQuorum {
    uint256 private constant GROUP_BYTES = 52;
    uint256 private constant SUM_BYTES = 88;
    uint256 private constant INVERSE_AT = 4;
    uint256 private constant S_AT = 36;

    /// @notice Bytes of a signature.
    function lengthFor(SignatureScheme scheme) internal pure returns (uint256) {
        return scheme == SignatureScheme.SchnorrGroup ? GROUP_BYTES : SUM_BYTES;
    }

    /// @notice Reverts unless `signature` is valid over `digest`.
    function check(bytes calldata signature, bytes32 digest, CommitteeData committee) internal view {
        CommitteeShape shape = committee.shape();
        SignatureScheme scheme = shape.scheme();
        uint256 expected = lengthFor(scheme);
        if (signature.length != expected) revert IReportHub.WrongSignaturesLength(signature.length, expected);
        uint256 x;
        uint256 parity;
        if (scheme == SignatureScheme.SchnorrGroup) {
            (x, parity) = groupKey(committee);
        } else {
            (x, parity) = sumOf(signature, shape, committee.schnorrKeysAt());
            signature = signature[S_AT:];
        }
        (uint256 s, address nonce) = parse(signature);
        if (!SchnorrSignature.isValid(x, parity, digest, s, nonce)) revert IReportHub.WrongSchnorrSignature(x, parity);
    }

    function groupKey(CommitteeData committee) private pure returns (uint256 x, uint256 parity) {
        uint256 keyAt = committee.schnorrKeysAt();
        assembly ("memory-safe") {
            x := mload(keyAt)
            parity := and(mload(add(keyAt, 0x20)), 1)
        }
    }

    function sumOf(
        bytes calldata signature,
        CommitteeShape shape,
        uint256 keysAt
    ) private pure returns (uint256 x, uint256 parity) {
        uint256 bitmap;
        uint256 inverse;
        assembly ("memory-safe") {
            bitmap := shr(224, calldataload(signature.offset))
            inverse := calldataload(add(signature.offset, INVERSE_AT))
        }
        if (bitmap >> shape.n() != 0) revert IReportHub.UnknownSigner(bitmap, shape.n());
        uint256 signers = BitCount.bits(bitmap);
        if (signers != shape.f() + 1) revert IReportHub.WrongSignerCount(signers, shape.f() + 1);
        bool valid;
        (x, parity, valid) = KeySum.affine(keysAt, bitmap, inverse);
        if (!valid) revert IReportHub.WrongKeySumInverse(bitmap, inverse);
    }

    function parse(bytes calldata signature) private pure returns (uint256 s, address nonce) {
        assembly ("memory-safe") {
            s := calldataload(signature.offset)
            nonce := shr(96, calldataload(add(signature.offset, 0x20)))
        }
    }
}
