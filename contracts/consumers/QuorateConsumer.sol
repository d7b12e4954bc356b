// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IFeedHub} from "../interfaces/IFeedHub.sol";

/// @notice The last value that a contract took of one feed: one storage slot. All zero before the first.
struct PulledValue {
    /// Scaled by the feed's decimals.
    int96 value;
    /// Of its report. Claims below it are refused.
    uint64 sequence;
    /// Unix seconds: when the committee saw it.
    uint32 observedAt;
}

/// @title Values that a caller brings along, for contracts that must not be offered older ones
/// @notice A signed report stays valid for as long as the reader allows, so without a memory a caller may choose, among all
/// recent prices, the one that suits him. With it he may choose the newest that he knows, or wait.
/// @dev `using QuorateConsumer for PulledValue;`. The hub is only ever read (STATICCALL), so nothing can call back meanwhile.
/// For the bytes of a claim see `IFeedHub.verify`.
library QuorateConsumer {
    /// A report of this sequence was used already, where each may be used once.
    error SequenceUsed(uint64 given, uint64 last);

    /// @notice Takes a value whose report is not older than the last one taken; the very same may be taken again, as when two
    /// callers in one block bring one report. Stores it unless it is stored already.
    /// @dev Reverts with the hub's reason: `SequenceTooOld`, `ReportTooOld`, `WrongSigner` for a wrong feed or value, and so on.
    /// @param last This feed's own record: never one for two feeds.
    /// @param maxAge Seconds that the observation may lie behind the block's time. It may lie ahead of it by the window of the
    /// committee's configuration.
    function pull(
        PulledValue storage last,
        IFeedHub hub,
        bytes32 feedId,
        uint32 maxAge,
        bytes calldata claim
    ) internal returns (int96 value, uint32 observedAt) {
        uint64 used = last.sequence;
        uint64 sequence;
        (value, observedAt, sequence) = hub.verify(feedId, used, maxAge, claim);
        if (sequence != used) keep(last, value, sequence, observedAt);
    }

    /// @notice The same, but each report is taken once: for what happens once per price, as a settlement or an auction's step.
    /// @dev Reverts with `SequenceUsed` for the last one taken.
    function pullNewer(
        PulledValue storage last,
        IFeedHub hub,
        bytes32 feedId,
        uint32 maxAge,
        bytes calldata claim
    ) internal returns (int96 value, uint32 observedAt) {
        uint64 used = last.sequence;
        uint64 sequence;
        (value, observedAt, sequence) = hub.verify(feedId, used, maxAge, claim);
        if (sequence == used) revert SequenceUsed(sequence, used);
        keep(last, value, sequence, observedAt);
    }

    /// @notice As `pull`, of many feeds of one report: none may be older than what was last taken of its feed.
    /// @param lasts One record for each feed, by its id.
    /// @param feedIds In the order of the claim's leaves.
    function pullMany(
        mapping(bytes32 feedId => PulledValue) storage lasts,
        IFeedHub hub,
        bytes32[] calldata feedIds,
        uint32 maxAge,
        bytes calldata claim
    ) internal returns (int96[] memory values, uint32 observedAt) {
        uint64 used;
        for (uint256 i = 0; i < feedIds.length; ++i) {
            uint64 sequenceOfOne = lasts[feedIds[i]].sequence;
            if (sequenceOfOne > used) used = sequenceOfOne;
        }
        uint64 sequence;
        (values, observedAt, sequence) = hub.verifyMany(feedIds, used, maxAge, claim);
        for (uint256 i = 0; i < feedIds.length; ++i) {
            PulledValue storage last = lasts[feedIds[i]];
            if (sequence != last.sequence) keep(last, values[i], sequence, observedAt);
        }
    }

    function keep(PulledValue storage last, int96 value, uint64 sequence, uint32 observedAt) private {
        last.value = value;
        last.sequence = sequence;
        last.observedAt = observedAt;
    }
}
