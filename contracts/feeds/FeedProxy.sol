// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ShortString, ShortStrings} from "@openzeppelin/contracts/utils/ShortStrings.sol";
import {AggregatorV2V3Interface} from "../interfaces/AggregatorV2V3Interface.sol";
import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";
import {FeedSlot} from "../libraries/FeedSlot.sol";
import {HubRead} from "../libraries/HubRead.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";

/// @title One feed behind the interface that consumers already use
/// @notice Stable address, no storage, no owner: every answer is read from the hub, with as many earlier rounds as that keeps.
/// `roundId` counts the feed's own updates, `startedAt` is when the committee observed, `updatedAt` when this chain stored.
/// Events are the hub's: nothing happens here.
contract FeedProxy is AggregatorV2V3Interface {
    using FeedSlot for uint256;
    using HubRead for IFeedHub;
    using ShortStrings for ShortString;

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
        (int96 value, , uint32 observedAt, uint32 updatedAt, uint32 roundId) = hub.newest(feedId).fields();
        return (roundId, value, observedAt, updatedAt, roundId);
    }

    /// @inheritdoc AggregatorV3Interface
    /// @dev Reverts with the hub's `NoRound` for a round that is not there: not yet, or no longer.
    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        (int96 value, , uint32 observedAt, uint32 updatedAt, ) = hub.round(feedId, roundId);
        return (roundId, value, observedAt, updatedAt, roundId);
    }

    /// @inheritdoc AggregatorV2V3Interface
    /// @dev Reverts with the hub's `NoValue` before the first answer, as do the next two.
    function latestAnswer() external view returns (int256 answer) {
        (answer, , , , ) = hub.newest(feedId).fields();
    }

    /// @inheritdoc AggregatorV2V3Interface
    function latestTimestamp() external view returns (uint256 updatedAt) {
        (, , , updatedAt, ) = hub.newest(feedId).fields();
    }

    /// @inheritdoc AggregatorV2V3Interface
    function latestRound() external view returns (uint256) {
        return hub.newest(feedId).roundIdOf();
    }

    /// @inheritdoc AggregatorV2V3Interface
    /// @dev Reverts with the hub's `NoRound` for a round that is not there. The original answers 0.
    function getAnswer(uint256 roundId) external view returns (int256 answer) {
        (answer, , , , ) = hub.round(feedId, roundId);
    }

    /// @inheritdoc AggregatorV2V3Interface
    /// @dev As `getAnswer`.
    function getTimestamp(uint256 roundId) external view returns (uint256 updatedAt) {
        (, , , updatedAt, ) = hub.round(feedId, roundId);
    }
}
