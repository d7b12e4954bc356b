// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommitteeRegistry} from "./ICommitteeRegistry.sol";
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
/// 2f+1 signed observations.
interface IFeedHub {
    /// @param reportIndex For `prove`; 0 when the report was older than the newest and so took no slot.
    /// @param reportHash The EIP-712 digest.
    /// @param storedMask Lanes whose feed took the value; the others held a newer one.
    event ReportTransmitted(
        bytes32 indexed configDigest,
        uint64 indexed sequence,
        uint32 reportIndex,
        bytes32 reportHash,
        uint32 storedMask,
        address transmitter
    );
    event FeedUpdated(bytes32 indexed feedId, uint32 indexed roundId, int96 value, uint32 observedAt);
    event ReportProven(
        bytes32 indexed configDigest,
        uint64 indexed sequence,
        uint32 reportIndex,
        bytes32 reportHash,
        uint32 storedMask
    );

    /// The committee is unknown, not yet active, past its deadline or revoked at `timestamp`.
    error CommitteeNotValid(bytes32 configDigest, uint256 timestamp, uint32 validUntil);
    /// A newer configuration has already reported.
    error CommitteeSuperseded(uint16 index, uint16 newest);
    /// The sequence's upper 16 bits must be the configuration's index.
    error WrongConfigurationIndex(uint16 given, uint16 expected);
    error ReportTooOld(uint32 observedAt, uint256 oldest);
    error ReportFromFuture(uint32 observedAt, uint256 newest);

    error WrongSignaturesLength(uint256 given, uint256 expected);
    /// Exactly f+1 bits of the signer bitmap must be set.
    error WrongSignerCount(uint256 given, uint256 expected);
    error UnknownSigner(uint256 bitmap, uint256 n);
    /// The signature at this member's place recovers to another address (zero when it is malformed or has a high s).
    error WrongSigner(uint256 member, address recovered, address expected);

    error WrongValuesLength(uint256 given, uint256 expected);
    error WrongValuesHash(bytes32 computed, bytes32 signed);
    /// The store mask must be a subset of the report's mask, within the configured feeds; `transmit` takes no empty one.
    error WrongStoreMask(uint32 storeMask, uint32 reportMask);
    /// Two different reports of one sequence: evidence that more than f members are faulty.
    error ConflictingReport(uint64 sequence, bytes31 stored, bytes31 given);

    error UnknownReportIndex(uint256 given, uint256 newest);
    error ReportOverwritten(uint256 given, uint256 oldest);
    error WrongReport(uint256 reportIndex, bytes31 stored, bytes31 given);
    error AlreadyProven(uint256 reportIndex);
    error CommitteeRevoked(bytes32 configDigest);
    error NoVerifier(bytes32 configDigest);
    error WrongFeedsRoot(bytes32 computed, bytes32 signed);
    error CommitmentOutOfField(uint256 commitment);
    /// observedAt − W would be negative.
    error ObservedBeforeWindow(uint32 observedAt, uint16 window);
    error ProofRejected(uint256 reportIndex, uint256 x, uint256 y);

    error WrongMerklePath(bytes32 computed, bytes32 signed);
    error SequenceTooOld(uint64 given, uint64 min);
    error NoValue(bytes32 feedId);
    error NoProvenValue(bytes32 feedId);

    /// @notice Stores values of a signed report. Anyone may call; feeds that already hold a newer value are skipped.
    /// @param values The packed values of the whole report, 4 + 12·lanes bytes.
    /// @param storeMask The lanes to store, a non-empty subset of the report's.
    /// @param signatures Signer bitmap:uint32 ‖ (r, vs) of 64 bytes for each of exactly f+1 members, rising by index.
    /// @return reportIndex Names the report in `prove`; 0 when a newer report was here first.
    function transmit(
        Report calldata report,
        bytes calldata values,
        uint32 storeMask,
        bytes calldata signatures
    ) external returns (uint32 reportIndex);

    /// @notice Marks a transmitted report as proven and stores proven values. Anyone may call.
    /// @dev Only among the last `REPORT_SLOTS` reports; also after the committee has retired, never after it was revoked.
    /// @param storeMask The lanes whose proven value to store, a subset of the report's; may be empty.
    /// @param commitment C: the prover's commitment to its statement, below the field's order.
    function prove(
        uint256 reportIndex,
        Report calldata report,
        bytes calldata values,
        uint32 storeMask,
        Groth16Proof calldata proof,
        uint256 commitment
    ) external;

    /// @notice Checks one value of a signed report without storing anything: the pull read. Reverts with the reason.
    /// @param path Merkle path of the leaf (feedId, value, observedAt) to the report's feedsRoot.
    /// @param signatures As in `transmit`.
    /// @param maxAge Seconds that observedAt may lie behind the block's time.
    /// @param minSequence Keep the last sequence that you used here, or a caller may choose an older price.
    function verify(
        Report calldata report,
        bytes32 feedId,
        int96 value,
        bytes32[] calldata path,
        bytes calldata signatures,
        uint32 maxAge,
        uint64 minSequence
    ) external view returns (int96 verifiedValue, uint32 observedAt, uint64 sequence);

    /// @notice The newest signed value. Reverts with `NoValue` before the first.
    /// @dev Says nothing about age: compare `observedAt` with your own limit.
    function latest(bytes32 feedId) external view returns (Feed memory);

    /// @notice The newest proven value; `updatedAt` is the time of its proof. Reverts with `NoProvenValue` before the first.
    function latestProven(bytes32 feedId) external view returns (Feed memory);

    /// @notice The newest signed values of many feeds; `roundId` 0 where there is none. For nodes, which decide what is due.
    function latestMany(bytes32[] calldata feedIds) external view returns (Feed[] memory);

    /// @notice The report at an index: the first 31 bytes of its EIP-712 digest. Zero when unknown or overwritten.
    function reportSlot(uint256 reportIndex) external view returns (bytes31 reportHash, bool proven);

    /// @notice The newest report's sequence and index; 0 before the first.
    function head() external view returns (uint64 lastSequence, uint32 reportIndex);

    /// @notice The EIP-712 digest of a report for this hub.
    function reportDigest(Report calldata report) external view returns (bytes32);

    function registry() external view returns (ICommitteeRegistry);
}
