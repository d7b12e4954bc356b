// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Schnorr signatures over secp256k1, checked with ecrecover
/// @notice A signature of key P over a digest is (s, address of R) with R = s·G − e·P and
/// e = keccak256(P.x ‖ parity of P.y:uint8 ‖ digest ‖ address of R) mod N. The precompile, asked with r = P.x, recovers
/// P.x⁻¹·(s'·P − m·G); with m = −s·P.x and s' = −e·P.x that is R. The method is Vitalik Buterin's (ethresear.ch, 2018).
library SchnorrSignature {
    /// The field of secp256k1's coordinates.
    uint256 internal constant FIELD = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;
    /// N: the order of its group.
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @notice Whether (s, nonce) is a signature of the key with this x and this parity of y over `digest`.
    /// @dev Of a key with x ≥ N, of one in 2^128, the precompile takes none. False for zeros and for s ≥ N.
    /// @param nonce The address of R.
    function isValid(
        uint256 x,
        uint256 parity,
        bytes32 digest,
        uint256 s,
        address nonce
    ) internal view returns (bool valid) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            // x:32 | parity:1 | digest:32 | nonce:20
            mstore(input, x)
            mstore8(add(input, 0x20), parity)
            mstore(add(input, 0x21), digest)
            mstore(add(input, 0x41), shl(96, nonce))
            let e := mod(keccak256(input, 0x55), ORDER)
            mstore(input, sub(ORDER, mulmod(s, x, ORDER)))
            mstore(add(input, 0x20), add(27, parity))
            mstore(add(input, 0x40), x)
            mstore(add(input, 0x60), sub(ORDER, mulmod(e, x, ORDER)))
            mstore(0, 0)
            pop(staticcall(gas(), 1, input, 0x80, 0, 0x20))
            // What the precompile refuses leaves zero behind. It takes any m, so that s is looked at here: one more than N times
            // would be the same signature again.
            valid := and(and(gt(nonce, 0), eq(mload(0), nonce)), and(gt(s, 0), lt(s, ORDER)))
        }
    }

    /// @notice Whether (x, y) are reduced coordinates of a point of the curve whose x the precompile takes.
    function isKey(uint256 x, uint256 y) internal pure returns (bool) {
        if (x == 0 || x >= ORDER || y == 0 || y >= FIELD) return false;
        return mulmod(y, y, FIELD) == addmod(mulmod(mulmod(x, x, FIELD), x, FIELD), 7, FIELD);
    }
}
