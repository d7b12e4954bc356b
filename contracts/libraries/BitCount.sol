// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The number of set bits of a word
library BitCount {
    uint256 private constant PAIRS = 0x5555555555555555555555555555555555555555555555555555555555555555;
    uint256 private constant NIBBLES = 0x3333333333333333333333333333333333333333333333333333333333333333;
    uint256 private constant BYTES = 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
    uint256 private constant HALVES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    /// 1 in each 16 bits: times this, the highest 16 bits hold the sum of all. 256 does not fit 8.
    uint256 private constant SUM = 0x0001000100010001000100010001000100010001000100010001000100010001;

    /// @notice Counts within pairs of bits, nibbles, bytes and 16 bits, all at once, and adds these up. 0 to 256.
    function bits(uint256 word) internal pure returns (uint256 count) {
        unchecked {
            count = word - ((word >> 1) & PAIRS);
            count = (count & NIBBLES) + ((count >> 2) & NIBBLES);
            count = (count + (count >> 4)) & BYTES;
            count = (count & HALVES) + ((count >> 8) & HALVES);
            count = (count * SUM) >> 240;
        }
    }
}
