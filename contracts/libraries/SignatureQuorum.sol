// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BitCount} from "./BitCount.sol";
import {CommitteeData, CommitteeShape} from "./CommitteeData.sol";
import {IReportHub} from "../interfaces/IReportHub.sol";

/// @title Exactly f+1 signatures of distinct committee members
/// @notice signer bitmap:uint32 ‖ (r:bytes32, vs:bytes32) per set bit, rising by member index (EIP-2098, low s alone). A bit names
/// a member once, so members are distinct by form; the length is exact, so that one report has one encoding per choice of signers.
library SignatureQuorum {
    uint256 private constant BITMAP_BYTES = 4;
    uint256 private constant SIGNATURE_BYTES = 64;
    uint256 private constant SIGNER_BYTES = 20;
    /// Half of secp256k1's group order.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    uint256 private constant S_MASK = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF;

    /// @notice Bytes of this committee's signatures over one digest.
    function lengthFor(CommitteeShape shape) internal pure returns (uint256) {
        unchecked {
            return lengthOf(shape.f() + 1);
        }
    }

    /// @notice Reverts unless `signatures` are exactly f+1 valid ones over `digest`.
    function check(bytes calldata signatures, bytes32 digest, CommitteeData committee) internal view {
        unchecked {
            checkExactly(signatures, digest, committee, committee.shape().f() + 1);
        }
    }

    /// @notice Reverts unless `signatures` are exactly `quorum` valid ones over `digest`. The caller has bounded `quorum`.
    function checkExactly(
        bytes calldata signatures,
        bytes32 digest,
        CommitteeData committee,
        uint256 quorum
    ) internal view {
        CommitteeShape shape = committee.shape();
        uint256 expected = lengthOf(quorum);
        if (signatures.length != expected) revert IReportHub.WrongSignaturesLength(signatures.length, expected);
        uint256 bitmap;
        assembly ("memory-safe") {
            bitmap := shr(224, calldataload(signatures.offset))
        }
        if (bitmap >> shape.n() != 0) revert IReportHub.UnknownSigner(bitmap, shape.n());
        if (!holds(signatures, digest, bitmap, committee.signersAt())) {
            explain(signatures, digest, bitmap, committee, quorum);
        }
    }

    /// Bytes of `quorum` signatures.
    function lengthOf(uint256 quorum) private pure returns (uint256) {
        unchecked {
            return BITMAP_BYTES + SIGNATURE_BYTES * quorum;
        }
    }

    /// Whether there is a valid signature for each set bit and nothing else. Half of a push's execution passes in this loop:
    /// it gathers whatever is wrong, and leaves the explanation to `explain`.
    function holds(
        bytes calldata signatures,
        bytes32 digest,
        uint256 left,
        uint256 signersAt
    ) private view returns (bool good) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            let signature := add(signatures.offset, BITMAP_BYTES)
            // A word that begins 12 bytes before a signer ends with it; above it there are bytes of others. This is bit 255's.
            let lastAt := add(signersAt, sub(mul(SIGNER_BYTES, 255), 12))
            let wrong := 0
            for {} left {} {
                let bit := and(left, sub(0, left))
                left := xor(left, bit)
                let signer := mload(sub(lastAt, mul(SIGNER_BYTES, clz(bit))))
                let vs := calldataload(add(signature, 0x20))
                let s := and(vs, S_MASK)
                mstore(add(input, 0x20), add(27, shr(255, vs)))
                mstore(add(input, 0x40), calldataload(signature))
                mstore(add(input, 0x60), s)
                // Of a signature that recovers to nobody the precompile tells nothing: zero, which is no registered signer.
                mstore(0, 0)
                pop(staticcall(gas(), 1, input, 0x80, 0, 0x20))
                wrong := or(wrong, or(gt(s, HALF_ORDER), shl(96, xor(mload(0), signer))))
                signature := add(signature, SIGNATURE_BYTES)
            }
            good := and(iszero(wrong), eq(signature, add(signatures.offset, signatures.length)))
        }
    }

    /// Reverts with what is wrong: the number of signers, or the first signature that is not its member's. Never returns.
    function explain(
        bytes calldata signatures,
        bytes32 digest,
        uint256 bitmap,
        CommitteeData committee,
        uint256 quorum
    ) private pure {
        uint256 signers = BitCount.bits(bitmap);
        if (signers != quorum) revert IReportHub.WrongSignerCount(signers, quorum);
        uint256 start = BITMAP_BYTES;
        for (uint256 member = 0; bitmap >> member != 0; ++member) {
            if ((bitmap >> member) & 1 == 0) continue;
            bytes32 r = bytes32(signatures[start:start + 32]);
            uint256 vs = uint256(bytes32(signatures[start + 32:start + 64]));
            uint256 s = vs & S_MASK;
            address signer = s > HALF_ORDER ? address(0) : ecrecover(digest, uint8(27 + (vs >> 255)), r, bytes32(s));
            address expected = committee.signerAt(member);
            if (signer != expected) revert IReportHub.WrongSigner(member, signer, expected);
            start += SIGNATURE_BYTES;
        }
        // Only if this and `holds` disagreed: then the signatures are refused all the same.
        assert(false);
    }
}
