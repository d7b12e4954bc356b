// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReportHub} from "../interfaces/IReportHub.sol";
import {CommitteeData} from "./CommitteeData.sol";
import {PackedLanes} from "./PackedLanes.sol";
import {ReportHeader} from "./ReportHeader.sol";

/// @title A signed report of packed lanes as it travels in calldata
/// @notice sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | words | signatures. The whole has exactly the length that the
/// committee gives it: the other functions read within.
library PackedUpdate {
    uint256 private constant WORDS_AT = ReportHeader.LENGTH_WITH_WORD;

    /// @notice The words, and the signatures, which get what is left and are checked to be no more than that.
    function split(
        bytes calldata update,
        CommitteeData committee,
        uint256 bits
    ) internal pure returns (bytes calldata words, bytes calldata signatures) {
        uint256 wordsEnd = WORDS_AT + 32 * PackedLanes.wordsFor(committee.shape().lanes(), bits);
        if (update.length < wordsEnd) revert IReportHub.TruncatedUpdate(update.length, wordsEnd);
        return (update[WORDS_AT:wordsEnd], update[wordsEnd:]);
    }
}
