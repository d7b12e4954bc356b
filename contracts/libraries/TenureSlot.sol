// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Tenure} from "../interfaces/ICommitteeHub.sol";

/// @title A configuration's tenure in one storage slot
/// @notice From the lowest bit: data:address | length:uint16 | validUntil:uint32 | provable, reported, revoked: one bit each.
library TenureSlot {
    uint256 private constant LENGTH_AT = 160;
    uint256 private constant VALID_UNTIL_AT = 176;
    uint256 private constant VALID_UNTIL_MASK = uint256(type(uint32).max) << VALID_UNTIL_AT;
    uint256 private constant PROVABLE = 1 << 208;
    uint256 private constant REPORTED = 1 << 209;
    uint256 private constant REVOKED = 1 << 210;

    function pack(address data, uint16 length, bool provable) internal pure returns (uint256 slot) {
        slot = uint160(data) | (uint256(length) << LENGTH_AT) | VALID_UNTIL_MASK;
        if (provable) slot |= PROVABLE;
    }

    function toTenure(uint256 slot) internal pure returns (Tenure memory) {
        return
            Tenure({
                data: dataOf(slot),
                length: uint16(lengthOf(slot)),
                validUntil: validUntilOf(slot),
                provable: isProvable(slot),
                reported: hasReported(slot),
                revoked: isRevoked(slot)
            });
    }

    function dataOf(uint256 slot) internal pure returns (address) {
        return address(uint160(slot));
    }

    function lengthOf(uint256 slot) internal pure returns (uint256) {
        return uint16(slot >> LENGTH_AT);
    }

    function validUntilOf(uint256 slot) internal pure returns (uint32) {
        return uint32(slot >> VALID_UNTIL_AT);
    }

    function isProvable(uint256 slot) internal pure returns (bool) {
        return slot & PROVABLE != 0;
    }

    function hasReported(uint256 slot) internal pure returns (bool) {
        return slot & REPORTED != 0;
    }

    function isRevoked(uint256 slot) internal pure returns (bool) {
        return slot & REVOKED != 0;
    }

    function withReport(uint256 slot) internal pure returns (uint256) {
        return slot | REPORTED;
    }

    function withRevocation(uint256 slot) internal pure returns (uint256) {
        return (slot | REVOKED) & ~VALID_UNTIL_MASK;
    }

    /// @notice Valid until then at the latest.
    function endingBy(uint256 slot, uint32 timestamp) internal pure returns (uint256) {
        if (validUntilOf(slot) <= timestamp) return slot;
        return (slot & ~VALID_UNTIL_MASK) | (uint256(timestamp) << VALID_UNTIL_AT);
    }
}
