// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title What every form of a report begins with in calldata
/// @notice sequence:uint64 | observedAt:uint32. What lies beyond the end of the bytes reads as anything: the caller checks the length.
library ReportHeader {
    uint256 internal constant LENGTH = 12;
    /// With the word that most forms have next: see `wordOf`.
    uint256 internal constant LENGTH_WITH_WORD = 44;
    uint256 private constant OBSERVED_AT = 8;

    function sequenceOf(bytes calldata data) internal pure returns (uint64 sequence) {
        assembly ("memory-safe") {
            sequence := shr(192, calldataload(data.offset))
        }
    }

    function observedAtOf(bytes calldata data) internal pure returns (uint32 observedAt) {
        assembly ("memory-safe") {
            observedAt := shr(224, calldataload(add(data.offset, OBSERVED_AT)))
        }
    }

    /// @notice The word after the header: the feeds' root of an update, the values' hash of a claim.
    function wordOf(bytes calldata data) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, LENGTH))
        }
    }
}
