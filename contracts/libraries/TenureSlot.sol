// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Tenure} from "../interfaces/ICommitteeHub.sol";

/// @title A configuration's tenure in one storage slot
/// @notice From the lowest bit: data:address | length:uint16 | validUntil:uint32 | provable, reported, revoked: one bit each |
/// unused:5 bits | heldUntil:uint32. A pause moves validUntil to heldUntil: whoever reads validUntil needs to know of no pause.
library TenureSlot {
    uint256 private constant LENGTH_AT = 160;
    uint256 private constant VALID_UNTIL_AT = 176;
    uint256 private constant VALID_UNTIL_MASK = uint256(type(uint32).max) << VALID_UNTIL_AT;
    uint256 private constant PROVABLE = 1 << 208;
    uint256 private constant REPORTED = 1 << 209;
    uint256 private constant REVOKED = 1 << 210;
    uint256 private constant HELD_UNTIL_AT = 216;
    uint256 private constant HELD_UNTIL_MASK = uint256(type(uint32).max) << HELD_UNTIL_AT;

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
                revoked: isRevoked(slot),
                heldUntil: heldUntilOf(slot)
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

    function heldUntilOf(uint256 slot) internal pure returns (uint32) {
        return uint32(slot >> HELD_UNTIL_AT);
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
        return (slot | REVOKED) & ~(VALID_UNTIL_MASK | HELD_UNTIL_MASK);
    }

    /// @notice Not valid until it is released. A tenure is held at most once, and then its validUntil is 0.
    function held(uint256 slot) internal pure returns (uint256) {
        return (slot & ~VALID_UNTIL_MASK) | (uint256(validUntilOf(slot)) << HELD_UNTIL_AT);
    }

    /// @notice As it was before it was held; the same if it is not held.
    function released(uint256 slot) internal pure returns (uint256) {
        return (slot & ~HELD_UNTIL_MASK) | (uint256(heldUntilOf(slot)) << VALID_UNTIL_AT);
    }

    /// @notice Valid until then at the latest. For tenures that are not held.
    function endingBy(uint256 slot, uint32 timestamp) internal pure returns (uint256) {
        if (validUntilOf(slot) <= timestamp) return slot;
        return (slot & ~VALID_UNTIL_MASK) | (uint256(timestamp) << VALID_UNTIL_AT);
    }
}
