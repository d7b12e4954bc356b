// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPyth} from "@pythnetwork/pyth-sdk-solidity/IPyth.sol";
import {PythErrors} from "@pythnetwork/pyth-sdk-solidity/PythErrors.sol";
import {PythStructs} from "@pythnetwork/pyth-sdk-solidity/PythStructs.sol";
import {FeedSlot} from "../libraries/FeedSlot.sol";
import {HubRead} from "../libraries/HubRead.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {PythClaim} from "../libraries/PythClaim.sol";

/// @title Many feeds behind Pyth's interface
/// @notice No owner, no fee, signed values; a price's id is the feed's. An exponent is the feed's decimals, negated; a publish time
/// is when the committee observed, Unix seconds. There is no confidence interval here (always 0), no moving average and no
/// time-weighted one: what asks for these reverts. See docs/consumers.md for what else differs from the original.
/// @dev Emits none of the interface's events: the values are stored by the hub, by anyone and not only through here, so that a
/// log of this contract would have gaps. Follow the hub's.
contract PythAdapter is IPyth {
    using FeedSlot for uint256;
    using HubRead for IFeedHub;
    using PythClaim for bytes;

    /// Nothing here costs anything, and what is sent would be lost.
    error NoFeeTaken(uint256 value);
    error NoMovingAverage();
    error NoTimeWeightedAverage();
    /// Nothing shows that no earlier report lies inside the window.
    error FirstReportNotProvable();
    /// A claim holds only some of a report's values, and a hub stores whole reports: use `updatePriceFeeds`.
    error ClaimNotStorable();
    /// Pyth's prices have 64 bits, the hub's 96.
    error PriceTooLarge(bytes32 id, int96 value);
    error TooManyDecimals(bytes32 id, uint8 given, uint8 max);
    error FeedNamedTwice(bytes32 id);

    uint8 private constant MAX_DECIMALS = 18;
    uint32 private constant ANY_AGE = type(uint32).max;

    IFeedHub private immutable _hub;
    /// Decimals + 1: 0 of a feed that is not served. Immutables would save 2,000 gas of a read, and limit the number of feeds.
    mapping(bytes32 id => uint256) private _served;

    modifier free() {
        if (msg.value != 0) revert NoFeeTaken(msg.value);
        _;
    }

    /// @param ids Feeds of the hub that are served here, each once.
    /// @param decimals Of each, as in the configuration that serves it; at most 18. A feed with more than 8 hardly fits 64 bits.
    constructor(IFeedHub hub, bytes32[] memory ids, uint8[] memory decimals) {
        if (ids.length != decimals.length) revert PythErrors.InvalidArgument();
        _hub = hub;
        for (uint256 i = 0; i < ids.length; ++i) {
            if (decimals[i] > MAX_DECIMALS) revert TooManyDecimals(ids[i], decimals[i], MAX_DECIMALS);
            if (_served[ids[i]] != 0) revert FeedNamedTwice(ids[i]);
            _served[ids[i]] = uint256(decimals[i]) + 1;
        }
    }

    /// @notice Where the prices come from.
    /// @dev A name whose selector comes after those of the reads.
    function hubAddress() external view returns (IFeedHub) {
        return _hub;
    }

    /// @inheritdoc IPyth
    /// @dev Reverts with Pyth's `PriceFeedNotFound` for a feed that is not served or has no value yet, and with `PriceTooLarge`.
    function getPriceUnsafe(bytes32 id) external view returns (PythStructs.Price memory price) {
        _read(id, price);
    }

    /// @inheritdoc IPyth
    /// @dev As `getPriceUnsafe`, and with Pyth's `StalePrice`, also for a publish time that lies more than `age` ahead.
    function getPriceNoOlderThan(bytes32 id, uint256 age) external view returns (PythStructs.Price memory price) {
        uint256 published = _read(id, price);
        uint256 apart = published < block.timestamp ? block.timestamp - published : published - block.timestamp;
        if (apart > age) revert PythErrors.StalePrice();
    }

    /// @inheritdoc IPyth
    /// @dev Always reverts with `NoMovingAverage`.
    function getEmaPriceUnsafe(bytes32) external pure returns (PythStructs.Price memory) {
        revert NoMovingAverage();
    }

    /// @inheritdoc IPyth
    /// @dev Always reverts with `NoMovingAverage`.
    function getEmaPriceNoOlderThan(bytes32, uint256) external pure returns (PythStructs.Price memory) {
        revert NoMovingAverage();
    }

    /// @inheritdoc IPyth
    /// @dev Each element as `IFeedHub.transmit` takes it. Reverts with `NoFeeTaken`, or with the hub's reason.
    function updatePriceFeeds(bytes[] calldata updateData) external payable free {
        _transmit(updateData);
    }

    /// @inheritdoc IPyth
    /// @dev As `updatePriceFeeds`, and with Pyth's `NoFreshUpdate` and `InvalidArgument`.
    function updatePriceFeedsIfNecessary(
        bytes[] calldata updateData,
        bytes32[] calldata priceIds,
        uint64[] calldata publishTimes
    ) external payable free {
        if (priceIds.length != publishTimes.length) revert PythErrors.InvalidArgument();
        for (uint256 i = 0; i < priceIds.length; ++i) {
            uint256 word = _hub.newestOrNone(priceIds[i]);
            (, , uint32 observedAt, , ) = word.fields();
            if (word == 0 || observedAt < publishTimes[i]) {
                _transmit(updateData);
                return;
            }
        }
        revert PythErrors.NoFreshUpdate();
    }

    /// @inheritdoc IPyth
    /// @dev Always 0.
    function getUpdateFee(bytes[] calldata) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IPyth
    /// @dev Always reverts with `NoTimeWeightedAverage`.
    function getTwapUpdateFee(bytes[] calldata) external pure returns (uint256) {
        revert NoTimeWeightedAverage();
    }

    /// @inheritdoc IPyth
    /// @dev Each element as `PythClaim` has it: other bytes than `updatePriceFeeds` takes, since a claim is a part of a report. Reports
    /// of any age, as long as the hub takes those of their committee. Reverts with the hub's reason for a bad claim, with Pyth's
    /// `InvalidUpdateData` and `PriceFeedNotFoundWithinRange`, with `PriceTooLarge` and `NoFeeTaken`. Every `emaPrice` is zero, its
    /// publish time too.
    function parsePriceFeedUpdates(
        bytes[] calldata updateData,
        bytes32[] calldata priceIds,
        uint64 minPublishTime,
        uint64 maxPublishTime
    ) external payable free returns (PythStructs.PriceFeed[] memory priceFeeds) {
        (priceFeeds, , ) = _parse(updateData, priceIds, minPublishTime, maxPublishTime);
    }

    /// @inheritdoc IPyth
    /// @dev Always reverts with `FirstReportNotProvable`.
    function parsePriceFeedUpdatesUnique(
        bytes[] calldata,
        bytes32[] calldata,
        uint64,
        uint64
    ) external payable returns (PythStructs.PriceFeed[] memory) {
        revert FirstReportNotProvable();
    }

    /// @inheritdoc IPyth
    /// @dev As `parsePriceFeedUpdates`; with Pyth's `InvalidArgument` where the data must be minimal and are about more or fewer
    /// prices than asked for. Reverts with `FirstReportNotProvable` and `ClaimNotStorable` where that is asked for.
    /// @return priceFeeds In the order of `priceIds`.
    /// @return slots Of each the sequence of its report: like a slot it rises strictly with time.
    function parsePriceFeedUpdatesWithConfig(
        bytes[] calldata updateData,
        bytes32[] calldata priceIds,
        uint64 minAllowedPublishTime,
        uint64 maxAllowedPublishTime,
        bool checkUniqueness,
        bool checkUpdateDataIsMinimal,
        bool storeUpdatesIfFresh
    ) external payable free returns (PythStructs.PriceFeed[] memory priceFeeds, uint64[] memory slots) {
        if (checkUniqueness) revert FirstReportNotProvable();
        if (storeUpdatesIfFresh) revert ClaimNotStorable();
        uint256 claimed;
        (priceFeeds, slots, claimed) = _parse(updateData, priceIds, minAllowedPublishTime, maxAllowedPublishTime);
        if (checkUpdateDataIsMinimal && claimed != priceIds.length) revert PythErrors.InvalidArgument();
    }

    /// @inheritdoc IPyth
    /// @dev Always reverts with `NoTimeWeightedAverage`.
    function parseTwapPriceFeedUpdates(
        bytes[] calldata,
        bytes32[] calldata
    ) external payable returns (PythStructs.TwapPriceFeed[] memory) {
        revert NoTimeWeightedAverage();
    }

    function _transmit(bytes[] calldata updateData) private {
        for (uint256 i = 0; i < updateData.length; ++i) _hub.transmit(updateData[i]);
    }

    /// @return priceFeeds Of each id the first price inside the window, in the order of the data.
    /// @return slots The sequences of their reports, which are never 0.
    /// @return claimed Prices in all of the data.
    function _parse(
        bytes[] calldata updateData,
        bytes32[] calldata priceIds,
        uint64 from,
        uint64 to
    ) private view returns (PythStructs.PriceFeed[] memory priceFeeds, uint64[] memory slots, uint256 claimed) {
        priceFeeds = new PythStructs.PriceFeed[](priceIds.length);
        slots = new uint64[](priceIds.length);
        for (uint256 i = 0; i < updateData.length; ++i) {
            (bytes32[] calldata ids, bytes calldata claim) = updateData[i].split();
            (int96[] memory values, uint32 observedAt, uint64 sequence) = _hub.verifyMany(ids, 0, ANY_AGE, claim);
            claimed += ids.length;
            if (observedAt < from || observedAt > to) continue;
            for (uint256 q = 0; q < ids.length; ++q) {
                uint256 k = _indexOf(ids[q], priceIds, slots);
                if (k == priceIds.length) continue;
                (priceFeeds[k].id, slots[k]) = (ids[q], sequence);
                _write(priceFeeds[k].price, ids[q], values[q], observedAt);
            }
        }
        for (uint256 k = 0; k < priceIds.length; ++k) {
            if (slots[k] == 0) revert PythErrors.PriceFeedNotFoundWithinRange();
        }
    }

    /// Where the price of a feed belongs that is served, asked for and not found yet; otherwise beyond the end.
    function _indexOf(bytes32 id, bytes32[] calldata priceIds, uint64[] memory slots) private view returns (uint256 k) {
        if (_served[id] == 0) return priceIds.length;
        while (k < priceIds.length && (priceIds[k] != id || slots[k] != 0)) ++k;
    }

    /// Writes a feed's newest price to where the caller has a place for it: each place in memory costs a hundred gas.
    function _read(bytes32 id, PythStructs.Price memory price) private view returns (uint256 publishTime) {
        uint256 word = _hub.newestOrNone(id);
        if (word == 0) revert PythErrors.PriceFeedNotFound();
        (int96 value, , uint32 observedAt, , ) = word.fields();
        _write(price, id, value, observedAt);
        return observedAt;
    }

    function _write(PythStructs.Price memory price, bytes32 id, int96 value, uint32 observedAt) private view {
        uint256 served = _served[id];
        if (served == 0) revert PythErrors.PriceFeedNotFound();
        if (int64(value) != value) revert PriceTooLarge(id, value);
        price.price = int64(value);
        // 1…19: see the constructor.
        unchecked {
            price.expo = -int32(uint32(served - 1));
        }
        price.publishTime = observedAt;
    }
}
