// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IApi3ReaderProxy} from "@api3/contracts/interfaces/IApi3ReaderProxy.sol";
import {DSValueAbstract} from "dss-interfaces/src/dapp/DSValueAbstract.sol";
import {MedianAbstract} from "dss-interfaces/src/dss/MedianAbstract.sol";
import {OsmAbstract} from "dss-interfaces/src/dss/OsmAbstract.sol";

/// @title Reads as a dApp does that was written for API3, through the interface that API3 publishes
contract Api3Consumer {
    function price(IApi3ReaderProxy proxy) external view returns (int224 value, uint32 timestamp) {
        return proxy.read();
    }
}

/// @title Reads as Maker's contracts do, through the interfaces that are published for these
contract MakerConsumer {
    function value(DSValueAbstract pip) external view returns (bytes32 read, bytes32 peeked, bool has) {
        (peeked, has) = pip.peek();
        read = has ? pip.read() : bytes32(0);
    }

    function median(MedianAbstract pip) external view returns (bytes32 wat, uint256 read, uint256 peeked, bool has) {
        (peeked, has) = pip.peek();
        (wat, read) = (pip.wat(), pip.read());
    }

    function delayed(OsmAbstract pip) external view returns (bytes32 current, bool has, bytes32 next, bool hasNext) {
        (current, has) = pip.peek();
        (next, hasNext) = pip.peep();
    }
}
