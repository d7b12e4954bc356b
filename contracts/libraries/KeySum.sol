// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The sum of some members' Schnorr keys
/// @notice Points of secp256k1 added in Jacobian coordinates, (X : Y : Z) standing for (X/Z², Y/Z³): 11 multiplications a key
/// and no division. The one inverse at the end comes from the caller, and is checked.
library KeySum {
    uint256 private constant KEY_BYTES = 64;
    /// Of the coordinates of secp256k1.
    uint256 private constant FIELD = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /// @notice The affine x and the parity of y of the sum of the keys whose bits are set.
    /// @dev Adding a point to itself or to its opposite makes Z zero, and it stays so: no inverse fits it. Only signers who
    /// know how their keys relate can bring that about, to their own signature's harm.
    /// @param keysAt Where the keys begin in memory: x ‖ y each, reduced and on the curve.
    /// @param bitmap One bit at least.
    /// @param inverse Z⁻¹ of the sum, below the field's order.
    /// @return x Of the sum.
    /// @return parity Of the sum's y.
    /// @return valid Whether `inverse` is that.
    function affine(
        uint256 keysAt,
        uint256 bitmap,
        uint256 inverse
    ) internal pure returns (uint256 x, uint256 parity, bool valid) {
        assembly ("memory-safe") {
            let key := add(keysAt, mul(KEY_BYTES, sub(255, clz(bitmap))))
            let left := xor(bitmap, shl(sub(255, clz(bitmap)), 1))
            x := mload(key)
            let y := mload(add(key, 0x20))
            let z := 1
            for {} left {} {
                let member := sub(255, clz(left))
                left := xor(left, shl(member, 1))
                key := add(keysAt, mul(KEY_BYTES, member))
                let zz := mulmod(z, z, FIELD)
                // h: how far x lies from the next key's, r: y likewise, both scaled by Z.
                let h := addmod(mulmod(mload(key), zz, FIELD), sub(FIELD, x), FIELD)
                let r := addmod(mulmod(mload(add(key, 0x20)), mulmod(zz, z, FIELD), FIELD), sub(FIELD, y), FIELD)
                z := mulmod(z, h, FIELD)
                let hh := mulmod(h, h, FIELD)
                let v := mulmod(x, hh, FIELD)
                let hhh := mulmod(hh, h, FIELD)
                // X = r² − h³ − 2v
                x := addmod(mulmod(r, r, FIELD), sub(FIELD, addmod(hhh, addmod(v, v, FIELD), FIELD)), FIELD)
                // Y = r·(v − X) − Y·h³
                y := addmod(mulmod(r, addmod(v, sub(FIELD, x), FIELD), FIELD), sub(FIELD, mulmod(y, hhh, FIELD)), FIELD)
            }
            valid := and(eq(mulmod(z, inverse, FIELD), 1), lt(inverse, FIELD))
            let square := mulmod(inverse, inverse, FIELD)
            x := mulmod(x, square, FIELD)
            parity := and(mulmod(y, mulmod(square, inverse, FIELD), FIELD), 1)
        }
    }
}
