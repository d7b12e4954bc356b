// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Groth16Proof} from "./IMedianVerifier.sol";
import {IReportHub} from "./IReportHub.sol";

/// @notice The newest value of a feed at one assurance level.
struct Feed {
    /// Scaled by the feed's decimals.
    int96 value;
    uint64 sequence;
    /// Unix seconds: when the committee saw it.
    uint32 observedAt;
    /// Unix seconds: when this chain stored it (or accepted its proof).
    uint32 updatedAt;
    /// Counts this feed's updates from 1; 0 means that there is no value yet.
    uint32 roundId;
}

/// @title Hub of all feeds of one oracle network
/// @notice Takes reports of registered committees, stores the values asked for, and marks reports as proven. No owner,
/// no fee, no permission: whoever holds a signed report may store any part of it.
/// @dev Assumes that the registry and the verifiers it names are honest and revert or answer within the gas given.
/// Two assurance levels: a *signed* value needs f+1 member signatures; a *proven* one also a proof that it is the median of
/// 2f+1 signed observations. A report of a committee without a verifier can not be proven, and costs two slots less.
interface IFeedHub is IReportHub {
    /// @notice A report that can not be proven was taken.
    /// @param storedMask Lanes whose feed took the value; the others held a newer one.
    /// @dev The values are in the feeds' slots and in the transaction: in the log they would cost a tenth of a feed each.
    event FeedsUpdated(uint64 indexed sequence, uint256 storedMask);
    /// @notice A report that can be proven was taken.
    /// @param reportHash The EIP-712 digest.
    /// @param reportIndex For `prove`; 0 when the report was older than the newest, and so took no slot.
    /// @param storedMask As in `FeedsUpdated`.
    event ReportRecorded(uint64 indexed sequence, bytes32 reportHash, uint32 reportIndex, uint256 storedMask);
    /// @param storedMask Lanes whose proven value was stored.
    event ReportProven(uint64 indexed sequence, uint32 reportIndex, uint256 storedMask);

    /// The store mask must be a subset of the report's mask, within the configured feeds; `transmit` takes no empty one.
    error WrongStoreMask(uint256 storeMask, uint256 reportMask);
    /// Two different reports of one sequence: evidence that more than f members are faulty.
    error ConflictingReport(uint64 sequence, bytes31 stored, bytes31 given);

    error UnknownReportIndex(uint256 given, uint256 newest);
    error ReportOverwritten(uint256 given, uint256 oldest);
    error WrongReport(uint256 reportIndex, bytes31 stored, bytes31 given);
    error AlreadyProven(uint256 reportIndex);
    error NoVerifier(uint16 index);
    error CommitmentOutOfField(uint256 commitment);
    /// observedAt − W would be negative.
    error ObservedBeforeWindow(uint32 observedAt, uint16 window);
    error ProofRejected(uint64 sequence, uint256 x, uint256 y);

    error HistoryTooDeep(uint256 given, uint256 max);
    error NoValue(bytes32 feedId);
    error NoProvenValue(bytes32 feedId);
    /// The hub holds no such round: not yet, or no longer.
    error NoRound(bytes32 feedId, uint256 roundId);

    /// @notice Stores values of a signed report. Anyone may call; feeds that already hold a newer value are skipped.
    /// @param update sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | store mask | packed values | signatures, nothing
    /// else. The store mask names the lanes to store, a non-empty subset of the report's: the sender's choice; it is as wide
    /// as the report's. Packed values: see `Report`. Signatures: signer bitmap:uint32 ‖ (r, vs) of 64 bytes for each of exactly
    /// f+1 members, rising by index; of a committee with another scheme: signer bitmap:uint32 | inverse:uint256 | s:uint256 | nonce:address
    /// for a sum of keys, s:uint256 | nonce:address for a group's.
    /// @return reportIndex Names the report in `prove`; 0 when it can not be proven: no verifier, or a newer report was here first.
    /// @return storedMask The lanes whose feed took the value.
    function transmit(bytes calldata update) external returns (uint32 reportIndex, uint256 storedMask);

    /// @notice The same together with the proof of the report, checked before anything is stored. The store mask is for the
    /// signed level; as proven all values of the report are stored.
    /// @param proof,commitment As in `prove`.
    function transmitProven(
        bytes calldata update,
        Groth16Proof calldata proof,
        uint256 commitment
    ) external returns (uint32 reportIndex, uint256 storedMask);

    /// @notice Marks a transmitted report as proven and stores proven values. Anyone may call.
    /// @dev Only among the last `PROVABLE_REPORTS` reports; also after the committee has retired, never after it was revoked.
    /// The Merkle root is computed from the values, so that they bind what the members signed.
    /// All values of the report are stored as proven: otherwise whoever brings the proof first could leave some out for good.
    /// @param report sequence:uint64 | observedAt:uint32 | packed values, nothing else.
    /// @param commitment C: the prover's commitment to its statement, below the field's order.
    function prove(
        uint256 reportIndex,
        bytes calldata report,
        Groth16Proof calldata proof,
        uint256 commitment
    ) external;
    /// @notice `verify` for a report that this hub has recorded: its signatures were checked then.
    /// @param reportIndex See `transmit`; among the last `PROVABLE_REPORTS`.
    /// @param claim As in `verify`, without signatures.
    /// @return value As signed.
    /// @return observedAt Unix seconds.
    /// @return sequence The report's.
    /// @return proven Whether the report is proven.
    function verifyAgainstStored(
        uint256 reportIndex,
        bytes32 feedId,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96 value, uint32 observedAt, uint64 sequence, bool proven);

    /// @notice The newest signed value: the fields of `Feed`, one by one. Reverts with `NoValue` before the first.
    /// @dev Says nothing about age: compare `observedAt` with your own limit.
    function latest(
        bytes32 feedId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId);

    /// @notice The same in one word, the cheapest read there is: value:int96 | sequence:uint64 | observedAt:uint32 |
    /// updatedAt:uint32 | roundId:uint32, from the highest bit. Reverts with `NoValue` before the first.
    function latestPacked(bytes32 feedId) external view returns (uint256 word);

    /// @notice The newest proven value; `updatedAt` is the time of its proof. Reverts with `NoProvenValue` before the first.
    function latestProven(
        bytes32 feedId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId);

    /// @notice The newest signed value, and whether this very reading is proven: one more slot.
    function latestAndProven(bytes32 feedId) external view returns (Feed memory feed, bool proven);

    /// @notice One of the feed's last `historyDepth` + 1 rounds, which may be as short as the committee's rounds: anybody may
    /// store every report. Reverts with `NoRound` for any other.
    function round(
        bytes32 feedId,
        uint256 roundId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 sameRound);

    /// @notice The newest signed values of many feeds; `roundId` 0 where there is none. For nodes, which decide what is due.
    function latestMany(bytes32[] calldata feedIds) external view returns (Feed[] memory);

    /// @notice The report at an index: the first 31 bytes of its EIP-712 digest. Zero when unknown or overwritten.
    function reportSlot(uint256 reportIndex) external view returns (bytes31 reportHash, bool proven);

    /// @notice The sequence of the newest report, and the index of the newest that can be proven; 0 before the first.
    /// @dev For nodes: the sequence is looked up among the feeds of the newest configuration that has reported.
    function head() external view returns (uint64 lastSequence, uint32 reportIndex);

    /// @notice Earlier rounds of each feed that are kept besides its newest.
    function historyDepth() external view returns (uint256);

    /// @notice Fills unused slots, so that no transmitter pays for new ones, 22,100 gas each: `historyDepth` for each of these
    /// feeds, or, of an empty list, the `PROVABLE_REPORTS` that reports are recorded in. Anyone may call.
    function preallocate(bytes32[] calldata feedIds) external;
}
