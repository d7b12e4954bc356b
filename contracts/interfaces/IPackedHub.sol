// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IReportHub} from "./IReportHub.sol";

/// @title Hub of hundreds of feeds that are pushed together
/// @notice A report is stored whole: four or eight values to a slot, and one slot with the times of all. There is no history, no
/// store mask and no proof. Anyone may transmit.
/// @dev The values that the committee signs are those that the encoding can hold: see `PackedLanes`. `valuesHash` is
/// keccak256 of the words, `feedsRoot` as everywhere, over the decoded values.
interface IPackedHub is IReportHub {
    /// @notice A report was stored.
    event FeedsUpdated(uint64 indexed sequence);

    /// Neither 64 nor 32.
    error WrongLaneBits(uint256 bits);
    /// A configuration may add feeds after those of the one before it, and neither move nor drop one: lanes are names here.
    error FeedMoved(uint256 lane, bytes32 was, bytes32 given);
    error FeedDropped(uint256 feeds, uint256 before);
    /// The lane has no feed, or the newest report no value for it.
    error NoValue(uint256 lane);
    error UnknownFeed(bytes32 feedId);
    /// A word, counted from 0, holds a value behind the committee's last feed: it would be there when a feed gets the lane.
    error ValueWithoutFeed(uint256 word);

    /// @notice Stores a signed report if it is newer than the stored one. Anyone may call.
    /// @param update sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | words, as many as the committee's lanes take | signatures
    /// as in `IFeedHub.transmit`, nothing else. Parts behind the committee's last feed must be zero.
    /// @return stored False if the hub held a report of this or a later sequence.
    function transmit(bytes calldata update) external returns (bool stored);

    /// @notice The newest value of a lane, scaled by the feed's decimals, and the times of its report. Reverts with `NoValue` if the
    /// newest report has none: a value of an older one is not kept.
    /// @dev A feed keeps its lane for ever: look it up once, with `laneOf`. Says nothing about age.
    /// @return value Exact, or rounded to 24 bits: see `laneBits`.
    /// @return sequence The report's.
    /// @return observedAt Unix seconds: when the committee saw it.
    /// @return updatedAt Unix seconds: when this chain stored it.
    /// @return roundId Counts stored reports from 1.
    function latest(
        uint256 lane
    ) external view returns (int256 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId);

    /// @notice The newest values of many lanes, and the times that all share. Reverts as `latest`.
    function latestMany(
        uint256[] calldata lanes
    )
        external
        view
        returns (int256[] memory answers, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId);

    /// @notice The lane of a feed of the newest configuration. Reverts with `UnknownFeed`.
    /// @dev Reads all ids: for constructors and off chain.
    function laneOf(bytes32 feedId) external view returns (uint256);

    /// @notice Bits of a stored value: 64, exact, or 32, rounded to 24 bits and an exponent.
    function laneBits() external view returns (uint256);

    /// @notice The sequence of the stored report; 0 before the first.
    function lastSequence() external view returns (uint64);
}
