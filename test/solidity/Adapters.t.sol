// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PythStructs} from "@pythnetwork/pyth-sdk-solidity/PythStructs.sol";
import {Api3Adapter} from "../../contracts/adapters/Api3Adapter.sol";
import {ChronicleAdapter} from "../../contracts/adapters/ChronicleAdapter.sol";
import {PythAdapter} from "../../contracts/adapters/PythAdapter.sol";
import {FeedProxy} from "../../contracts/feeds/FeedProxy.sol";
import {Feed} from "../../contracts/interfaces/IFeedHub.sol";
import {MockHub} from "../../contracts/mocks/MockHub.sol";
import {vm} from "./Vm.sol";

/// Every adapter tells of one stored value what the others tell of it, whatever it is.
contract AdaptersTest {
    bytes32 private constant FEED_ID = "ETH/USD";

    MockHub private immutable _hub = new MockHub();

    function testFuzz_allAdaptersTellOfOneValue(Feed memory feed, uint8 seed) external {
        vm.assume(feed.sequence != 0 && feed.observedAt != 0 && feed.updatedAt != 0 && feed.roundId != 0);
        uint8 decimals = seed % 19;
        // Of any size: most int96 do not fit Pyth's 64 bits.
        feed.value >>= seed % 96;
        _hub.setFeed(FEED_ID, feed);
        int256 scaled = int256(feed.value) * int256(10 ** (18 - decimals));
        uint256 earlier = feed.observedAt < feed.updatedAt ? feed.observedAt : feed.updatedAt;

        (uint80 round, int256 answer, uint256 started, uint256 updated, uint80 same) = new FeedProxy(
            _hub,
            FEED_ID,
            decimals,
            "ETH / USD"
        ).latestRoundData();
        require(answer == feed.value && started == feed.observedAt && updated == feed.updatedAt, "proxy");
        require(round == feed.roundId && same == feed.roundId, "proxy's round");

        (int224 value, uint32 timestamp) = new Api3Adapter(_hub, FEED_ID, decimals).read();
        require(value == scaled && timestamp == feed.observedAt, "API3");

        (bool isValid, uint256 price, uint256 age) = new ChronicleAdapter(_hub, FEED_ID, decimals).tryReadWithAge();
        require(isValid == (feed.value > 0), "Chronicle's validity");
        require(isValid ? int256(price) == scaled && age == earlier : price == 0 && age == 0, "Chronicle");

        checkPyth(feed, decimals);
    }

    function checkPyth(Feed memory feed, uint8 decimals) private {
        (bytes32[] memory ids, uint8[] memory ofEach) = (new bytes32[](1), new uint8[](1));
        (ids[0], ofEach[0]) = (FEED_ID, decimals);
        try new PythAdapter(_hub, ids, ofEach).getPriceUnsafe(FEED_ID) returns (PythStructs.Price memory price) {
            require(price.price == feed.value && price.conf == 0, "Pyth's price");
            require(price.expo == -int32(uint32(decimals)) && price.publishTime == feed.observedAt, "Pyth");
        } catch (bytes memory reason) {
            require(bytes4(reason) == PythAdapter.PriceTooLarge.selector, "Pyth's reason");
            require(feed.value > type(int64).max || feed.value < type(int64).min, "Pyth refuses what fits");
        }
    }
}
