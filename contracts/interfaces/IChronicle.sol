// SPDX-License-Identifier: MIT
pragma solidity ^0.8.16;

/// @title The price feed interface that consumers of Chronicle's oracles speak
/// @notice ABI of chronicle-std's IChronicle, described in our own words. Values have 18 decimals and are positive.
interface IChronicle {
    /// @notice Names what is priced, e.g. "ETH/USD", left-aligned.
    function wat() external view returns (bytes32);

    /// @notice The newest value. Reverts where there is none.
    function read() external view returns (uint256 value);

    /// @notice The newest value and the Unix seconds that it dates from. Reverts where there is none.
    function readWithAge() external view returns (uint256 value, uint256 age);

    /// @notice The newest value, or (false, 0) where there is none.
    function tryRead() external view returns (bool isValid, uint256 value);

    /// @notice The newest value and the Unix seconds that it dates from, or (false, 0, 0) where there is none.
    function tryReadWithAge() external view returns (bool isValid, uint256 value, uint256 age);
}
