// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AggregatorV2V3Interface} from "../interfaces/AggregatorV2V3Interface.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";

/// @title A feed for a dApp's own tests: answers what it was told
/// @notice Behaves as `FeedProxy` does, also where there is no answer: it reverts with the hub's errors. Anyone may set it.
contract MockFeed is AggregatorV2V3Interface {
    struct Round {
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
    }

    /// Rounds count from 1, and none is stored at the beginning of time.
    error NoSuchRound(uint80 roundId, uint256 updatedAt);

    bytes32 public immutable feedId;
    uint8 public immutable override decimals;
    uint256 public constant override version = 1;
    string public override description;

    uint80 private _newest;
    mapping(uint256 roundId => Round) private _rounds;

    /// @param feedId_ Named in the errors; as in `FeedProxy`.
    constructor(bytes32 feedId_, uint8 decimals_, string memory description_) {
        feedId = feedId_;
        decimals = decimals_;
        description = description_;
    }

    /// @notice A new round with this answer, observed and stored in this very block.
    function setAnswer(int256 answer) external {
        setRound(_newest + 1, answer, block.timestamp, block.timestamp);
    }

    /// @notice A round with any content; it becomes the newest one unless a later one was set before.
    /// @param roundId From 1.
    /// @param startedAt Unix seconds: when the committee observed.
    /// @param updatedAt Unix seconds, not 0: when the chain stored.
    function setRound(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt) public {
        if (roundId == 0 || updatedAt == 0) revert NoSuchRound(roundId, updatedAt);
        _rounds[roundId] = Round(answer, startedAt, updatedAt);
        if (roundId > _newest) _newest = roundId;
    }

    /// @inheritdoc AggregatorV2V3Interface
    function latestAnswer() external view returns (int256) {
        return newest().answer;
    }

    /// @inheritdoc AggregatorV2V3Interface
    function latestTimestamp() external view returns (uint256) {
        return newest().updatedAt;
    }

    /// @inheritdoc AggregatorV2V3Interface
    function latestRound() external view returns (uint256) {
        newest();
        return _newest;
    }

    /// @inheritdoc AggregatorV2V3Interface
    function getAnswer(uint256 roundId) external view returns (int256) {
        return roundOf(roundId).answer;
    }

    /// @inheritdoc AggregatorV2V3Interface
    function getTimestamp(uint256 roundId) external view returns (uint256) {
        return roundOf(roundId).updatedAt;
    }

    function getRoundData(
        uint80 roundId
    ) external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) {
        Round memory asked = roundOf(roundId);
        return (roundId, asked.answer, asked.startedAt, asked.updatedAt, roundId);
    }

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        Round memory last = newest();
        return (_newest, last.answer, last.startedAt, last.updatedAt, _newest);
    }

    function newest() private view returns (Round memory last) {
        last = _rounds[_newest];
        if (last.updatedAt == 0) revert IFeedHub.NoValue(feedId);
    }

    function roundOf(uint256 roundId) private view returns (Round memory asked) {
        asked = _rounds[roundId];
        if (asked.updatedAt == 0) revert IFeedHub.NoRound(feedId, roundId);
    }
}
