// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The values of a report as the quorum signs them
/// @notice mask:uint32 ‖ int96 for each lane, big-endian two's complement, 0 where the mask's bit is unset.
library PackedValues {
    uint256 private constant MASK_BYTES = 4;
    uint256 private constant VALUE_BYTES = 12;

    /// @notice Bytes of a vector of `lanes` values.
    function lengthFor(uint256 lanes) internal pure returns (uint256) {
        unchecked {
            return MASK_BYTES + VALUE_BYTES * lanes;
        }
    }

    /// @notice The present lanes. The caller has checked the length.
    function maskOf(bytes calldata values) internal pure returns (uint32 mask) {
        assembly ("memory-safe") {
            mask := shr(224, calldataload(values.offset))
        }
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
    function start(bytes calldata values) internal pure returns (uint256 offset) {
        assembly ("memory-safe") {
            offset := add(values.offset, MASK_BYTES)
        }
    }

    /// @notice The value of one lane. The caller has checked the length, so the lane is within.
    function valueAt(bytes calldata values, uint256 lane) internal pure returns (int96 value) {
        assembly ("memory-safe") {
            value := sar(160, calldataload(add(add(values.offset, MASK_BYTES), mul(VALUE_BYTES, lane))))
        }
    }
}
