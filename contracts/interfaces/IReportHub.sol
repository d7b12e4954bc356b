// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommitteeHub} from "./ICommitteeHub.sol";

/// @notice What f+1 members sign as EIP-712 typed data (domain "Quorate", version "1", chain id, hub).
struct Report {
    bytes32 configDigest;
    /// configuration index:16 | epoch:32 | round:16, strictly rising.
    uint64 sequence;
    /// Unix seconds: the median of the chosen observations' timestamps.
    uint32 observedAt;
    /// OpenZeppelin StandardMerkleTree (unsorted leaves) over (feedId, value, observedAt) of the present feeds.
    bytes32 feedsRoot;
    /// keccak256 of the packed values: mask ‖ int96 for each lane, big-endian, 0 where unset. The mask is a uint32 for up to
    /// 32 lanes and a uint256 for more.
    bytes32 valuesHash;
}

/// @title Hub that checks signed reports
/// @notice What all hubs have in common: how a report is signed, and reading a value out of one without storing it.
interface IReportHub is ICommitteeHub {
    error ReportTooOld(uint32 observedAt, uint256 oldest);
    error ReportFromFuture(uint32 observedAt, uint256 newest);
    /// The values of a report take so many bytes of its committee, and signatures follow.
    error TruncatedUpdate(uint256 given, uint256 least);
    /// The values of a report take so many bytes of its committee, and nothing follows.
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

    /// Z of the sum of these members' keys times the hint is not 1: see `KeySum`.
    error WrongKeySumInverse(uint256 bitmap, uint256 inverse);
    /// Not a signature of the key with this x and this parity of y.
    error WrongSchnorrSignature(uint256 x, uint256 parity);

    error WrongMerklePath(bytes32 computed, bytes32 signed);
    error SequenceTooOld(uint64 given, uint64 min);

    /// @notice Checks one value of a signed report without storing anything: the pull read. Reverts with the reason.
    /// @param feedId The feed that the caller wants: not a part of the claim, which a stranger may have made.
    /// @param minSequence Keep the last sequence that you used here, or a caller may choose an older price.
    /// @param maxAge Seconds that observedAt may lie behind the block's time.
    /// @param claim sequence:uint64 | observedAt:uint32 | valuesHash:bytes32 | signatures as in `transmit` | leaf, nothing else.
    /// Leaf: value:int96 | depth:uint8 | depth nodes of 32 bytes, the Merkle path of (feedId, value, observedAt).
    /// @return value Scaled by the feed's decimals.
    /// @return observedAt Unix seconds: when the committee saw it.
    /// @return sequence The report's: keep it for the next call's `minSequence`.
    function verify(
        bytes32 feedId,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96 value, uint32 observedAt, uint64 sequence);

    /// @notice The same for many feeds of one report: one leaf for each, in their order.
    /// @return answers Scaled by each feed's decimals, in the order of `feedIds`.
    /// @return observedAt Unix seconds: when the committee saw them.
    /// @return sequence The report's.
    function verifyMany(
        bytes32[] calldata feedIds,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96[] memory answers, uint32 observedAt, uint64 sequence);

    /// @notice The EIP-712 digest of a report for this hub.
    function digestOf(Report memory report) external view returns (bytes32);
}
