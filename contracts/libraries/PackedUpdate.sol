// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReportHub} from "../interfaces/IReportHub.sol";
import {CommitteeData, CommitteeShape} from "./CommitteeData.sol";
import {PackedLanes} from "./PackedLanes.sol";
import {ReportSignatures} from "./ReportSignatures.sol";

/// @title A signed report of packed lanes as it travels in calldata
/// @notice sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | words | signatures. The whole has exactly the length that the
/// committee gives it: the other functions read within.
library PackedUpdate {
    uint256 private constant WORDS_AT = 44;

    /// @notice The words and the signatures. Reverts unless the update has exactly the committee's length.
    function split(
        bytes calldata update,
        CommitteeData committee,
        uint256 bits
    ) internal pure returns (bytes calldata words, bytes calldata signatures) {
        CommitteeShape shape = committee.shape();
        uint256 wordsEnd = WORDS_AT + 32 * PackedLanes.wordsFor(shape.lanes(), bits);
        uint256 expected = wordsEnd + ReportSignatures.lengthFor(shape);
        if (update.length != expected) revert IReportHub.WrongUpdateLength(update.length, expected);
        return (update[WORDS_AT:wordsEnd], update[wordsEnd:]);
    }
}
