// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Memory as a caller may leave it
abstract contract UsedMemory {
    /// Where free memory begins then: 256 times as much is more than a block's gas pays for.
    uint256 internal constant FREE_AT = 0x10000;
    uint256 private constant DIRTY_UNTIL = 0x10400;

    /// Much is in use, and neither what is free nor the scratch space is zero.
    modifier inUsedMemory() {
        assembly ("memory-safe") {
            mstore(0, not(0))
            mstore(0x20, not(0))
            mstore(0x40, FREE_AT)
            for {
                let at := FREE_AT
            } lt(at, DIRTY_UNTIL) {
                at := add(at, 0x20)
            } {
                mstore(at, not(0))
            }
        }
        _;
    }

    function freeMemory() internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := mload(0x40)
        }
    }
}
