// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReportHub} from "../interfaces/IReportHub.sol";
import {CommitteeData, CommitteeShape} from "./CommitteeData.sol";
import {PackedValues} from "./PackedValues.sol";
import {ReportSignatures} from "./ReportSignatures.sol";

/// @title A signed report as it travels in calldata
/// @notice sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | store mask | packed values | signatures. The
/// sequence names the configuration, from which the lengths follow; nothing that the chain knows is repeated. To prove a report that is recorded already
/// store mask, root and signatures are left out: all is stored, the chain computes the root, and has checked the signatures.
/// @dev The lengths of both parts follow from the committee, and the whole has exactly these: the other functions read within.
library ReportUpdate {
    uint256 private constant STORE_MASK_AT = 44;
    uint256 private constant PROVEN_VALUES_AT = 12;

    /// @notice The lanes that the sender wants to be stored: no part of what was signed.
    function storeMaskOf(bytes calldata update, uint256 lanes) internal pure returns (uint256) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := add(update.offset, STORE_MASK_AT)
        }
        return PackedValues.maskAt(offset, lanes);
    }

    /// @notice The packed values and the signatures. Reverts unless the update has exactly the committee's length.
    function split(
        bytes calldata update,
        CommitteeData committee
    ) internal pure returns (bytes calldata values, bytes calldata signatures) {
        CommitteeShape shape = committee.shape();
        uint256 valuesAt = STORE_MASK_AT + PackedValues.maskBytes(shape.lanes());
        uint256 valuesLength = PackedValues.lengthFor(shape.lanes());
        uint256 signaturesLength = ReportSignatures.lengthFor(shape);
        unchecked {
            uint256 expected = valuesAt + valuesLength + signaturesLength;
            if (update.length != expected) revert IReportHub.WrongUpdateLength(update.length, expected);
        }
        assembly ("memory-safe") {
            values.offset := add(update.offset, valuesAt)
            values.length := valuesLength
            signatures.offset := add(values.offset, valuesLength)
            signatures.length := signaturesLength
        }
    }

    /// @notice The packed values of a report without root and signatures. Reverts unless they are all that follows the times.
    function provenValuesOf(bytes calldata update, CommitteeData committee) internal pure returns (bytes calldata) {
        uint256 expected = PROVEN_VALUES_AT + PackedValues.lengthFor(committee.shape().lanes());
        if (update.length != expected) revert IReportHub.WrongUpdateLength(update.length, expected);
        return update[PROVEN_VALUES_AT:];
    }
}
