// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PulledValue, QuorateConsumer} from "../../contracts/consumers/QuorateConsumer.sol";
import {IReportHub} from "../../contracts/interfaces/IReportHub.sol";
import {MockHub} from "../../contracts/mocks/MockHub.sol";

contract QuorateConsumerTest {
    using QuorateConsumer for PulledValue;

    bytes32 private constant FEED_ID = "ETH/USD";

    MockHub private immutable _hub = new MockHub();
    PulledValue private _last;

    /// External, so that the claim is calldata and a revert can be caught.
    function pull(bytes calldata claim) external {
        _last.pull(_hub, FEED_ID, 0, claim);
    }

    function pullNewer(bytes calldata claim) external {
        _last.pullNewer(_hub, FEED_ID, 0, claim);
    }

    function testFuzz_sequencesNeverFall(uint64[8] calldata sequences, uint8 newerOnly) external {
        uint64 last = 0;
        for (uint256 i = 0; i < sequences.length; ++i) {
            // Near each other, so that some are equal.
            uint64 sequence = (sequences[i] % 4) + 1;
            bool onlyNewer = (newerOnly >> i) & 1 == 1;
            bool taken = offer(sequence, int96(uint96(i)), onlyNewer);
            require(taken == (onlyNewer ? sequence > last : sequence >= last), "which are taken");
            if (taken && sequence != last) {
                last = sequence;
                require(_last.value == int96(uint96(i)) && _last.observedAt == block.timestamp, "what is kept");
            }
            require(_last.sequence == last, "the last sequence");
        }
    }

    function offer(uint64 sequence, int96 value, bool onlyNewer) private returns (bool) {
        (bytes32[] memory feedIds, int96[] memory values) = (new bytes32[](1), new int96[](1));
        (feedIds[0], values[0]) = (FEED_ID, value);
        bytes memory claim = _hub.makeClaim(sequence, uint32(block.timestamp), feedIds, values);
        (bool taken, bytes memory reason) = address(this).call(
            onlyNewer ? abi.encodeCall(this.pullNewer, (claim)) : abi.encodeCall(this.pull, (claim))
        );
        if (taken) return true;
        bytes4 selector = bytes4(reason);
        require(
            selector == IReportHub.SequenceTooOld.selector ||
                (onlyNewer && selector == QuorateConsumer.SequenceUsed.selector),
            "the reason"
        );
        return false;
    }
}
