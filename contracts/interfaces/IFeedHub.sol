// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommitteeHub} from "./ICommitteeHub.sol";
import {Groth16Proof} from "./IMedianVerifier.sol";

/// @notice What f+1 members sign as EIP-712 typed data (domain "Quorate", version "1", chain id, hub).
struct Report {
    bytes32 configDigest;
    /// configuration index:16 | epoch:32 | round:16, strictly rising.
    uint64 sequence;
    /// Unix seconds: the median of the chosen observations' timestamps.
    uint32 observedAt;
    /// OpenZeppelin StandardMerkleTree (unsorted leaves) over (feedId, value, observedAt) of the present feeds.
    bytes32 feedsRoot;
    /// keccak256 of the packed values: mask:uint32 ‖ int96 for each lane, big-endian, 0 where unset.
    bytes32 valuesHash;
}

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
interface IFeedHub is ICommitteeHub {
    /// @notice A report that can not be proven was taken.
    /// @param storedMask Lanes whose feed took the value; the others held a newer one.
    /// @dev The values are in the feeds' slots and in the transaction: in the log they would cost a tenth of a feed each.
    event FeedsUpdated(uint64 indexed sequence, uint32 storedMask);
    /// @notice A report that can be proven was taken.
    /// @param reportHash The EIP-712 digest.
    /// @param reportIndex For `prove`; 0 when the report was older than the newest, and so took no slot.
    /// @param storedMask As in `FeedsUpdated`.
    event ReportRecorded(uint64 indexed sequence, bytes32 reportHash, uint32 reportIndex, uint32 storedMask);
    /// @param storedMask Lanes whose proven value was stored.
    event ReportProven(uint64 indexed sequence, uint32 reportIndex, uint32 storedMask);

    error ReportTooOld(uint32 observedAt, uint256 oldest);
    error ReportFromFuture(uint32 observedAt, uint256 newest);
    /// A report's length follows from its committee.
    error WrongUpdateLength(uint256 given, uint256 expected);
    error TruncatedClaim(uint256 given, uint256 least);
    /// Bytes are left after the last leaf that was asked for.
    error OverlongClaim(uint256 left);
    /// A report of no feed.
    error EmptyReport();
    error WrongFeedsRoot(bytes32 computed, bytes32 signed);

    error WrongSignaturesLength(uint256 given, uint256 expected);
    /// Exactly f+1 bits of the signer bitmap must be set.
    error WrongSignerCount(uint256 given, uint256 expected);
    error UnknownSigner(uint256 bitmap, uint256 n);
    /// The signature at this member's place recovers to another address (zero when it is malformed or has a high s).
    error WrongSigner(uint256 member, address recovered, address expected);

    /// The store mask must be a subset of the report's mask, within the configured feeds; `transmit` takes no empty one.
    error WrongStoreMask(uint32 storeMask, uint32 reportMask);
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

    error WrongMerklePath(bytes32 computed, bytes32 signed);
    error SequenceTooOld(uint64 given, uint64 min);
    error HistoryTooDeep(uint256 given, uint256 max);
    error NoValue(bytes32 feedId);
    error NoProvenValue(bytes32 feedId);
    /// The hub holds no such round: not yet, or no longer.
    error NoRound(bytes32 feedId, uint256 roundId);

    /// @notice Stores values of a signed report. Anyone may call; feeds that already hold a newer value are skipped.
    /// @param update storeMask:uint32 | sequence:uint64 | observedAt:uint32 | feedsRoot:bytes32 | packed values | signatures,
    /// nothing else. The store mask names the lanes to store, a non-empty subset of the report's: the sender's choice.
    /// Packed values: mask:uint32 ‖ int96 for each lane. Signatures: signer bitmap:uint32 ‖ (r, vs) of 64 bytes for each of
    /// exactly f+1 members, rising by index.
    /// @return reportIndex Names the report in `prove`; 0 when it can not be proven: no verifier, or a newer report was here first.
    /// @return storedMask The lanes whose feed took the value.
    function transmit(bytes calldata update) external returns (uint32 reportIndex, uint32 storedMask);

    /// @notice The same together with the proof of the report, checked before anything is stored. The store mask is for the
    /// signed level; as proven all values of the report are stored.
    /// @param proof,commitment As in `prove`.
    function transmitProven(
        bytes calldata update,
        Groth16Proof calldata proof,
        uint256 commitment
    ) external returns (uint32 reportIndex, uint32 storedMask);

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
    /// @notice Checks one value of a signed report without storing anything: the pull read. Reverts with the reason.
    /// @param feedId The feed that the caller wants: not a part of the claim, which a stranger may have made.
    /// @param minSequence Keep the last sequence that you used here, or a caller may choose an older price.
    /// @param maxAge Seconds that observedAt may lie behind the block's time.
    /// @param claim sequence:uint64 | observedAt:uint32 | valuesHash:bytes32 | signatures as in `transmit` | leaf, nothing else.
    /// Leaf: value:int96 | depth:uint8 | depth nodes of 32 bytes, the Merkle path of (feedId, value, observedAt).
    function verify(
        bytes32 feedId,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96 value, uint32 observedAt, uint64 sequence);

    /// @notice The same for many feeds of one report: one leaf for each, in their order.
    function verifyMany(
        bytes32[] calldata feedIds,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96[] memory answers, uint32 observedAt, uint64 sequence);

    /// @notice The same for a report that this hub has recorded: its signatures were checked then.
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

    /// @notice The EIP-712 digest of a report for this hub.
    function digestOf(Report memory report) external view returns (bytes32);
}
