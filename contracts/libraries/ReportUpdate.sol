// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReportHub} from "../interfaces/IReportHub.sol";
import {CommitteeData} from "./CommitteeData.sol";
import {PackedValues} from "./PackedValues.sol";
import {ReportHeader} from "./ReportHeader.sol";

/// @title A signed report as it travels in calldata
/// @notice sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | store mask | packed values | signatures. The sequence names
/// the configuration, from which the lengths follow; nothing that the chain knows is repeated. To prove a report that is
/// recorded already store mask, root and signatures are left out: all is stored, the chain computes the root, and has checked
/// the signatures.
/// @dev The lengths of both parts follow from the committee.
library ReportUpdate {
    uint256 private constant STORE_MASK_AT = ReportHeader.LENGTH_WITH_WORD;
    uint256 private constant PROVEN_VALUES_AT = ReportHeader.LENGTH;

    /// @notice The lanes that the sender wants to be stored: no part of what was signed.
    function storeMaskOf(bytes calldata update, uint256 lanes) internal pure returns (uint256) {
        uint256 start;
        assembly ("memory-safe") {
            start := update.offset
        }
        unchecked {
            return PackedValues.maskAt(start + STORE_MASK_AT, lanes);
        }
    }

    /// @notice The packed values, and the signatures, which get what is left and are checked to be no more than that.
    function split(
        bytes calldata update,
        uint256 lanes
    ) internal pure returns (bytes calldata values, bytes calldata signatures) {
        uint256 valuesAt;
        uint256 valuesLength = PackedValues.lengthFor(lanes);
        uint256 end;
        unchecked {
            valuesAt = STORE_MASK_AT + PackedValues.maskBytes(lanes);
            end = valuesAt + valuesLength;
        }
        if (update.length < end) revert IReportHub.TruncatedUpdate(update.length, end);
        assembly ("memory-safe") {
            values.offset := add(update.offset, valuesAt)
            values.length := valuesLength
            signatures.offset := add(update.offset, end)
            signatures.length := sub(update.length, end)
        }
    }

    /// @notice The packed values of a report without root and signatures. Reverts unless they are all that follows the times.
    function provenValuesOf(bytes calldata update, CommitteeData committee) internal pure returns (bytes calldata) {
        uint256 expected = PROVEN_VALUES_AT + PackedValues.lengthFor(committee.shape().lanes());
        if (update.length != expected) revert IReportHub.WrongUpdateLength(update.length, expected);
        return update[PROVEN_VALUES_AT:];
    }
}
