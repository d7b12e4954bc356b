// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

/// @title The price feed interface that most consumers already speak
/// @notice ABI of Chainlink's AggregatorV3Interface, described in our own words.
interface AggregatorV3Interface {
    /// @notice Number of decimals of every answer.
    function decimals() external view returns (uint8);

    /// @notice Name of the feed for people.
    function description() external view returns (string memory);

    /// @notice Version of the feed's implementation.
    function version() external view returns (uint256);

    /// @notice The answer of one round, or a revert when the feed does not hold it.
    function getRoundData(
        uint80 roundId
    ) external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    /// @notice The newest answer. Times in Unix seconds.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
