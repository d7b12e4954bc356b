// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ShortString, ShortStrings} from "@openzeppelin/contracts/utils/ShortStrings.sol";
import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";
import {Feed, IFeedHub} from "../interfaces/IFeedHub.sol";

/// @title One feed behind the interface that consumers already use
/// @notice Stable address, no storage, no owner: every answer is read from the hub. Only the newest round is held; `roundId` counts
/// the feed's own updates, `startedAt` is when the committee observed, `updatedAt` when this chain stored.
contract FeedProxy is AggregatorV3Interface {
    using ShortStrings for ShortString;

    /// The hub has no such round: not yet, or no longer.
    error NoDataPresent(uint256 roundId);

    /// @notice Where the values are.
    IFeedHub public immutable hub;
    /// @notice Names the feed in the hub.
    bytes32 public immutable feedId;
    /// @inheritdoc AggregatorV3Interface
    uint8 public immutable override decimals;
    /// @inheritdoc AggregatorV3Interface
    uint256 public constant override version = 1;
    ShortString private immutable _description;

    /// @param decimals_ As in the configuration that serves the feed.
    /// @param description_ At most 31 bytes.
    constructor(IFeedHub hub_, bytes32 feedId_, uint8 decimals_, string memory description_) {
        hub = hub_;
        feedId = feedId_;
        decimals = decimals_;
        _description = ShortStrings.toShortString(description_);
    }

    /// @inheritdoc AggregatorV3Interface
    function description() external view returns (string memory) {
        return _description.toString();
    }

    /// @inheritdoc AggregatorV3Interface
    /// @dev Reverts with the hub's `NoValue` before the first answer.
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _round(hub.latest(feedId));
    }

    /// @inheritdoc AggregatorV3Interface
    /// @dev Reverts with `NoDataPresent` for any round but the newest.
    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        Feed memory feed = hub.latest(feedId);
        if (roundId != feed.roundId) revert NoDataPresent(roundId);
        return _round(feed);
    }

    /// @notice The newest answer alone. Prefer `latestRoundData`, which also tells its age.
    function latestAnswer() external view returns (int256) {
        return hub.latest(feedId).value;
    }

    /// @notice Unix seconds at which the newest answer was stored.
    function latestTimestamp() external view returns (uint256) {
        return hub.latest(feedId).updatedAt;
    }

    /// @notice The newest round.
    function latestRound() external view returns (uint256) {
        return hub.latest(feedId).roundId;
    }

    function _round(Feed memory feed) private pure returns (uint80, int256, uint256, uint256, uint80) {
        return (feed.roundId, feed.value, feed.observedAt, feed.updatedAt, feed.roundId);
    }
}
