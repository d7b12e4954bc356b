// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {PulledValue, QuorateConsumer} from "../consumers/QuorateConsumer.sol";

/// @title How a contract trades at a price that its caller brings along
/// @notice No caller can trade at a price older than the last one used here, or than its limit. An example: it holds no funds.
contract TradingDesk {
    using QuorateConsumer for PulledValue;

    event Sold(address indexed seller, uint256 amount, uint256 proceeds);

    error PriceNotPositive(int96 price);

    IFeedHub public immutable hub;
    bytes32 public immutable feedId;
    /// @notice Decimals of the feed, so that amounts can be scaled down.
    uint8 public immutable priceDecimals;
    /// @notice Seconds that a price may be old.
    uint32 public immutable maxAge;
    /// @notice The last price that was traded at.
    PulledValue public lastPrice;

    constructor(IFeedHub hub_, bytes32 feedId_, uint8 priceDecimals_, uint32 maxAge_) {
        hub = hub_;
        feedId = feedId_;
        priceDecimals = priceDecimals_;
        maxAge = maxAge_;
    }

    /// @notice Sells an amount of the asset, rounded down in the desk's favour.
    /// @dev Reverts with `PriceNotPositive` or with the hub's reason, e.g. `SequenceTooOld` after a newer price was used.
    /// @param claim The price, as `IFeedHub.verify` takes it.
    function sell(uint256 amount, bytes calldata claim) external returns (uint256 proceeds) {
        (int96 price, ) = lastPrice.pull(hub, feedId, maxAge, claim);
        if (price <= 0) revert PriceNotPositive(price);
        proceeds = (amount * uint96(price)) / 10 ** priceDecimals;
        emit Sold(msg.sender, amount, proceeds);
    }
}
