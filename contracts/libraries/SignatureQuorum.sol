// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeKeys} from "./CommitteeKeys.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";

/// @title Exactly f+1 signatures of distinct committee members
/// @notice signer bitmap:uint32 ‖ (r:bytes32, vs:bytes32) per set bit, rising by member index. A bit names a member once, so
/// members are distinct by form; the length is exact, so that one report has one encoding per choice of signers.
library SignatureQuorum {
    using CommitteeKeys for bytes;

    uint256 private constant BITMAP_BYTES = 4;
    uint256 private constant SIGNATURE_BYTES = 64;
    /// Half of secp256k1's group order.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @notice Reverts unless `signatures` holds exactly `quorum` valid signatures over `digest`.
    /// @param keys The committee's keys: see `CommitteeKeys`.
    /// @param n Members of the committee, at most 32.
    function check(
        bytes calldata signatures,
        bytes32 digest,
        bytes memory keys,
        uint256 n,
        uint256 quorum
    ) internal pure {
        uint256 expected = BITMAP_BYTES + SIGNATURE_BYTES * quorum;
        if (signatures.length != expected) revert IFeedHub.WrongSignaturesLength(signatures.length, expected);
        uint256 bitmap = uint32(bytes4(signatures));
        if (bitmap >> n != 0) revert IFeedHub.UnknownSigner(bitmap, n);
        uint256 signers = countBits(bitmap);
        if (signers != quorum) revert IFeedHub.WrongSignerCount(signers, quorum);
        uint256 at = BITMAP_BYTES;
        for (uint256 member = 0; bitmap >> member != 0; ++member) {
            if ((bitmap >> member) & 1 == 0) continue;
            address expected = keys.signerAt(member);
            address recovered = recover(signatures, at, digest);
            if (recovered != expected) revert IFeedHub.WrongSigner(member, recovered, expected);
            unchecked {
                at += SIGNATURE_BYTES;
            }
        }
    }

    /// Zero for a malformed signature. One with a high s is malformed: of each signature only one form is taken.
    function recover(bytes calldata signatures, uint256 at, bytes32 digest) private pure returns (address) {
        bytes32 r;
        uint256 vs;
        assembly ("memory-safe") {
            r := calldataload(add(signatures.offset, at))
            vs := calldataload(add(add(signatures.offset, at), 0x20))
        }
        uint256 s = (vs << 1) >> 1;
        if (s > HALF_ORDER) return address(0);
        return ecrecover(digest, vs >> 255 == 0 ? 27 : 28, r, bytes32(s));
    }

    function countBits(uint256 bitmap) private pure returns (uint256 count) {
        for (; bitmap != 0; ++count) bitmap &= bitmap - 1;
    }
}
