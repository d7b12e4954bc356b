// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The values of a report as the quorum signs them
/// @notice mask ‖ int96 for each lane, big-endian two's complement, 0 where the mask's bit is unset. A mask is a uint32 for up to
/// 32 lanes, as in the circuits, and a uint256 for more.
library PackedValues {
    uint256 private constant NARROW_LANES = 32;
    uint256 private constant NARROW_MASK_BYTES = 4;
    uint256 private constant WIDE_MASK_BYTES = 32;
    uint256 private constant VALUE_BYTES = 12;

    /// @notice Bytes of a mask over so many lanes.
    function maskBytes(uint256 lanes) internal pure returns (uint256 length) {
        assembly ("memory-safe") {
            length := add(NARROW_MASK_BYTES, mul(sub(WIDE_MASK_BYTES, NARROW_MASK_BYTES), gt(lanes, NARROW_LANES)))
        }
    }

    /// @notice Bytes of a vector of `lanes` values.
    function lengthFor(uint256 lanes) internal pure returns (uint256) {
        unchecked {
            return maskBytes(lanes) + VALUE_BYTES * lanes;
        }
    }

    /// @notice The mask over so many lanes that begins at an offset of the calldata.
    function maskAt(uint256 offset, uint256 lanes) internal pure returns (uint256 mask) {
        assembly ("memory-safe") {
            let unused := sub(256, shl(3, NARROW_MASK_BYTES))
            mask := shr(mul(unused, iszero(gt(lanes, NARROW_LANES))), calldataload(offset))
        }
    }

    /// @notice The present lanes. The caller has checked the length.
    function maskOf(bytes calldata values, uint256 lanes) internal pure returns (uint256) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := values.offset
        }
        return maskAt(offset, lanes);
    }

    /// @notice keccak256 of the values, without the allocation that Solidity makes for it.
    function hash(bytes calldata values) internal pure returns (bytes32 valuesHash) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            calldatacopy(copy, values.offset, values.length)
            valuesHash := keccak256(copy, values.length)
        }
    }

    /// @notice Where the first lane's value begins in calldata.
    function start(bytes calldata values, uint256 lanes) internal pure returns (uint256 offset) {
        uint256 skipped = maskBytes(lanes);
        assembly ("memory-safe") {
            offset := add(values.offset, skipped)
        }
    }

    /// @notice The value of one lane. The caller has checked the length, so the lane is within.
    function valueAt(bytes calldata values, uint256 lane, uint256 lanes) internal pure returns (int96 value) {
        uint256 first = start(values, lanes);
        assembly ("memory-safe") {
            value := sar(160, calldataload(add(first, mul(VALUE_BYTES, lane))))
        }
    }
}
