// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {CommitteeData, CommitteeShape} from "./CommitteeData.sol";
import {PackedValues} from "./PackedValues.sol";
import {SignatureQuorum} from "./SignatureQuorum.sol";

/// @title A signed report as it travels in calldata
/// @notice storeMask:uint32 | sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | packed values, 4 + 12·lanes bytes | signatures. The
/// sequence names the configuration; nothing that the chain knows is repeated. To prove a report that is recorded already
/// store mask, root and signatures are left out: all is stored, the chain computes the root, and has checked the signatures.
/// @dev The lengths of both parts follow from the committee, and the whole has exactly these: the other functions read within.
library ReportUpdate {
    uint256 private constant SEQUENCE_AT = 4;
    uint256 private constant OBSERVED_AT = 12;
    uint256 private constant ROOT_AT = 16;
    uint256 private constant VALUES_AT = 48;
    uint256 private constant PROVEN_VALUES_AT = 12;

    /// @notice The lanes that the sender wants to be stored: no part of what was signed.
    function storeMaskOf(bytes calldata update) internal pure returns (uint32 storeMask) {
        assembly ("memory-safe") {
            storeMask := shr(224, calldataload(update.offset))
        }
    }

    function sequenceOf(bytes calldata update) internal pure returns (uint64 sequence) {
        assembly ("memory-safe") {
            sequence := shr(192, calldataload(add(update.offset, SEQUENCE_AT)))
        }
    }

    function observedAtOf(bytes calldata update) internal pure returns (uint32 observedAt) {
        assembly ("memory-safe") {
            observedAt := shr(224, calldataload(add(update.offset, OBSERVED_AT)))
        }
    }

    function feedsRootOf(bytes calldata update) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := calldataload(add(update.offset, ROOT_AT))
        }
    }

    /// @notice The packed values and the signatures. Reverts unless the update has exactly the committee's length.
    function split(
        bytes calldata update,
        CommitteeData committee
    ) internal pure returns (bytes calldata values, bytes calldata signatures) {
        CommitteeShape shape = committee.shape();
        uint256 valuesLength = PackedValues.lengthFor(shape.lanes());
        uint256 signaturesLength = SignatureQuorum.lengthFor(shape);
        unchecked {
            uint256 expected = VALUES_AT + valuesLength + signaturesLength;
            if (update.length != expected) revert IFeedHub.WrongUpdateLength(update.length, expected);
        }
        assembly ("memory-safe") {
            values.offset := add(update.offset, VALUES_AT)
            values.length := valuesLength
            signatures.offset := add(values.offset, valuesLength)
            signatures.length := signaturesLength
        }
    }

    /// @notice The packed values of a report without root and signatures. Reverts unless they are all that follows the times.
    function provenValuesOf(bytes calldata update, CommitteeData committee) internal pure returns (bytes calldata) {
        uint256 expected = PROVEN_VALUES_AT + PackedValues.lengthFor(committee.shape().lanes());
        if (update.length != expected) revert IFeedHub.WrongUpdateLength(update.length, expected);
        return update[PROVEN_VALUES_AT:];
    }
}
