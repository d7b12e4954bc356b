// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IFeedHub} from "../interfaces/IFeedHub.sol";

/// @title How a lending market reads a price it can name the assurance of
/// @notice Takes proven prices only, and no older than its own limit. An example: it holds no funds.
contract LendingMarket {
    /// The price was observed too long ago: wait for the next proof.
    error StalePrice(uint32 observedAt, uint256 oldest);
    error PriceNotPositive(int96 price);
    error ImpossibleRatio(uint16 loanToValueBps, uint16 max);

    uint16 private constant ONE_IN_BPS = 10_000;

    IFeedHub public immutable hub;
    bytes32 public immutable feedId;
    /// @notice Decimals of the feed, so that amounts can be scaled down.
    uint8 public immutable priceDecimals;
    /// @notice Seconds that a price may be old.
    uint32 public immutable maxAge;
    /// @notice Part of the collateral's worth that may be borrowed, in 1/10,000.
    uint16 public immutable loanToValueBps;

    constructor(IFeedHub hub_, bytes32 feedId_, uint8 priceDecimals_, uint32 maxAge_, uint16 loanToValueBps_) {
        if (loanToValueBps_ > ONE_IN_BPS) revert ImpossibleRatio(loanToValueBps_, ONE_IN_BPS);
        hub = hub_;
        feedId = feedId_;
        priceDecimals = priceDecimals_;
        maxAge = maxAge_;
        loanToValueBps = loanToValueBps_;
    }

    /// @notice What may be borrowed against an amount of collateral, both with the token's own decimals; rounded down.
    /// @dev Reverts with `StalePrice`, `PriceNotPositive`, or the hub's `NoProvenValue`.
    function maxBorrow(uint256 collateral) external view returns (uint256) {
        return (collateral * price() * loanToValueBps) / ONE_IN_BPS / 10 ** priceDecimals;
    }

    /// @notice The proven price, scaled by `priceDecimals`.
    function price() public view returns (uint256) {
        (int96 value, , uint32 observedAt, , ) = hub.latestProven(feedId);
        if (uint256(observedAt) + maxAge < block.timestamp) {
            revert StalePrice(observedAt, block.timestamp - maxAge);
        }
        if (value <= 0) revert PriceNotPositive(value);
        return uint256(uint96(value));
    }
}
