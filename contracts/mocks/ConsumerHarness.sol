// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {PulledValue, QuorateConsumer} from "../consumers/QuorateConsumer.sol";

/// @title Opens the consumer library to tests, with what each call returned
contract ConsumerHarness {
    using QuorateConsumer for PulledValue;
    using QuorateConsumer for mapping(bytes32 => PulledValue);

    event Pulled(int96[] values, uint32 observedAt);

    IFeedHub private immutable _hub;
    mapping(bytes32 feedId => PulledValue) public lasts;

    constructor(IFeedHub hub) {
        _hub = hub;
    }

    function pull(bytes32 feedId, uint32 maxAge, bytes calldata claim) external {
        (int96 value, uint32 observedAt) = lasts[feedId].pull(_hub, feedId, maxAge, claim);
        emit Pulled(only(value), observedAt);
    }

    function pullNewer(bytes32 feedId, uint32 maxAge, bytes calldata claim) external {
        (int96 value, uint32 observedAt) = lasts[feedId].pullNewer(_hub, feedId, maxAge, claim);
        emit Pulled(only(value), observedAt);
    }

    function pullMany(bytes32[] calldata feedIds, uint32 maxAge, bytes calldata claim) external {
        (int96[] memory values, uint32 observedAt) = lasts.pullMany(_hub, feedIds, maxAge, claim);
        emit Pulled(values, observedAt);
    }

    function only(int96 value) private pure returns (int96[] memory values) {
        values = new int96[](1);
        values[0] = value;
    }
}
