// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";

/// @title The price feed interface with its older half
/// @notice ABI of Chainlink's AggregatorV2V3Interface, described in our own words, without its two events: a feed that stores
/// nothing emits none, and whoever waits for one must not find it here.
interface AggregatorV2V3Interface is AggregatorV3Interface {
    /// @notice The newest answer alone. Prefer `latestRoundData`, which also tells its age.
    function latestAnswer() external view returns (int256);

    /// @notice Unix seconds at which the newest answer was stored.
    function latestTimestamp() external view returns (uint256);

    /// @notice The newest round.
    function latestRound() external view returns (uint256);

    /// @notice The answer of one round, or a revert when the feed does not hold it: never a zero that may pass for a price.
    function getAnswer(uint256 roundId) external view returns (int256);

    /// @notice Unix seconds at which a round's answer was stored, or a revert when the feed does not hold it.
    function getTimestamp(uint256 roundId) external view returns (uint256);
}
