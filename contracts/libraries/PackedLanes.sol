// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Values packed four or eight to a word
/// @notice Lane 0 is the highest part of word 0. A part of zeros means that the lane has no value.
/// Of 64 bits: value + 2^63, exact for −2^63 < value < 2^63.
/// Of 32 bits: exponent:7 | mantissa + 2^24 in 25 bits, value = mantissa · 2^exponent with |mantissa| < 2^24: rounded to nearest, a
/// value keeps 24 bits, that is an error of at most one part in 2^24 (0.06 parts per million); below 2^24 it is exact.
library PackedLanes {
    uint256 internal constant EXACT_BITS = 64;
    uint256 internal constant FLOAT_BITS = 32;
    uint256 private constant EXACT_OFFSET = 2 ** 63;
    uint256 private constant MANTISSA_BITS = 25;
    uint256 private constant MANTISSA_OFFSET = 2 ** 24;

    /// @notice Words for so many lanes.
    function wordsFor(uint256 lanes, uint256 bits) internal pure returns (uint256) {
        return (lanes * bits + 255) / 256;
    }

    /// @notice Whether any bit behind the first `lanes` lanes is set, and in which word, counted from 0, the first one is.
    function beyond(bytes calldata words, uint256 lanes, uint256 bits) internal pure returns (bool found, uint256 at) {
        at = (lanes * bits) / 256;
        uint256 used = (lanes * bits) % 256;
        for (; 32 * at < words.length; ++at) {
            if (uint256(bytes32(words[32 * at:])) << used != 0) return (true, at);
            used = 0;
        }
    }

    /// @notice The part of a word that is a lane's.
    function partOf(uint256 word, uint256 lane, uint256 bits) internal pure returns (uint256) {
        uint256 position = lane % (256 / bits);
        return (word << (position * bits)) >> (256 - bits);
    }

    /// @notice The value of a part that is not zero: below 2^151 in amount, whatever was signed.
    function decode(uint256 part, uint256 bits) internal pure returns (int256) {
        unchecked {
            if (bits == EXACT_BITS) return int256(part) - int256(EXACT_OFFSET);
            int256 mantissa = int256(part % 2 ** MANTISSA_BITS) - int256(MANTISSA_OFFSET);
            return mantissa << (part >> MANTISSA_BITS);
        }
    }
}
