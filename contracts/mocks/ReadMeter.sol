// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Measures what a read costs the contract that makes it
contract ReadMeter {
    error ReadFailed(address target);

    /// @notice Gas of one STATICCALL, from just before to just after it: the access of the cold account (2,600) and of its
    /// cold slots included, the caller's own encoding of the call and decoding of the answer not.
    /// @dev Meant for `eth_call`, where nothing but this contract is warm.
    function measure(address target, bytes calldata data) external view returns (uint256 used) {
        bytes memory input = data;
        bool success;
        assembly ("memory-safe") {
            let start := gas()
            success := staticcall(gas(), target, add(input, 0x20), mload(input), 0, 0)
            used := sub(start, gas())
        }
        if (!success) revert ReadFailed(target);
    }
}
