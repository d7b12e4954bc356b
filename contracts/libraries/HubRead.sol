// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IFeedHub} from "../interfaces/IFeedHub.sol";

/// @title A feed's newest word, read from a hub
/// @notice What Solidity makes of the same call costs a hundred gas more, and each read pays it.
library HubRead {
    /// The hub answered with less than a word: there is no hub at its address.
    error NoHub(IFeedHub hub);

    /// @notice `hub.latestPacked(feedId)`: see `FeedSlot`. Reverts with what the hub reverts with: `NoValue` before the first.
    function newest(IFeedHub hub, bytes32 feedId) internal view returns (uint256 word) {
        bool answered;
        (word, answered) = ask(hub, feedId);
        if (!answered) forwardRevert();
    }

    /// @notice The same, but 0 where the hub has no value. Any other failure reverts: a caller who leaves too little gas for the
    /// hub must not be able to pass it off as an answer.
    function newestOrNone(IFeedHub hub, bytes32 feedId) internal view returns (uint256 word) {
        bool answered;
        (word, answered) = ask(hub, feedId);
        if (answered) return word;
        if (bytes4(bytes32(word)) != IFeedHub.NoValue.selector) forwardRevert();
        return 0;
    }

    /// @return word The first word of what came back, which may be a revert's reason.
    function ask(IFeedHub hub, bytes32 feedId) private view returns (uint256 word, bool answered) {
        bytes4 selector = IFeedHub.latestPacked.selector;
        uint256 size;
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, feedId)
            answered := staticcall(gas(), hub, 0, 0x24, 0, 0x20)
            word := mload(0)
            size := returndatasize()
        }
        if (answered && size < 32) revert NoHub(hub);
    }

    function forwardRevert() private pure {
        assembly ("memory-safe") {
            let reason := mload(0x40)
            returndatacopy(reason, 0, returndatasize())
            revert(reason, returndatasize())
        }
    }
}
