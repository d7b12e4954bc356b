// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BitCount} from "../../contracts/libraries/BitCount.sol";

contract BitCountTest {
    function testFuzz_countsEachBit(uint256 word) external pure {
        uint256 count;
        for (uint256 i = 0; i < 256; ++i) count += (word >> i) & 1;
        require(BitCount.bits(word) == count, "bits");
    }

    function test_countsEachBitAloneAndAllUpToIt() external pure {
        require(BitCount.bits(0) == 0, "none");
        for (uint256 i = 0; i < 256; ++i) {
            require(BitCount.bits(1 << i) == 1, "one");
            require(BitCount.bits(type(uint256).max >> i) == 256 - i, "all");
        }
    }
}
