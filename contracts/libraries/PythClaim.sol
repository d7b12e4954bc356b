// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PythErrors} from "@pythnetwork/pyth-sdk-solidity/PythErrors.sol";

/// @title A claim that says itself which feeds it is about
/// @notice count:uint8 | feedId:bytes32, count times | claim as `IFeedHub.verifyMany` takes it for these feeds.
library PythClaim {
    uint256 private constant IDS_AT = 1;
    uint256 private constant ID_BYTES = 32;

    /// @notice Reverts with Pyth's `InvalidUpdateData` unless there is at least one feed, and all that are counted.
    function split(bytes calldata data) internal pure returns (bytes32[] calldata feedIds, bytes calldata claim) {
        uint256 count = data.length == 0 ? 0 : uint8(data[0]);
        uint256 end = IDS_AT + ID_BYTES * count;
        if (count == 0 || data.length < end) revert PythErrors.InvalidUpdateData();
        assembly ("memory-safe") {
            feedIds.offset := add(data.offset, IDS_AT)
            feedIds.length := count
        }
        claim = data[end:];
    }
}
