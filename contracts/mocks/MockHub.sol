// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommitteeRegistry} from "../interfaces/ICommitteeRegistry.sol";
import {ICommitteeHub, Tenure} from "../interfaces/ICommitteeHub.sol";
import {Feed, IFeedHub} from "../interfaces/IFeedHub.sol";
import {IReportHub, Report} from "../interfaces/IReportHub.sol";
import {Groth16Proof} from "../interfaces/IMedianVerifier.sol";

/// @title A hub for a dApp's own tests: answers what it was told
/// @notice The reads of stored values, and `verify` and `verifyMany` of claims that `makeClaim` makes. They revert as those of a hub
/// do. What a dApp has no business with reverts with `NotMocked`. Anyone may set it.
contract MockHub is IFeedHub {
    error NotMocked();
    /// Rounds count from 1, and all that a report is stored with is more than 0.
    error IncompleteFeed(Feed feed);
    error UnevenClaim(uint256 feedIds, uint256 values);

    /// @notice Seconds that a claim may be from the future: the window of the development network's configuration.
    uint16 public constant WINDOW = 10;

    mapping(bytes32 feedId => uint32) private _newest;
    mapping(bytes32 feedId => mapping(uint256 roundId => Feed)) private _rounds;
    mapping(bytes32 feedId => Feed) private _proven;
    uint64 private _sequence = 1 << 48;

    /// @notice The feed's next round with this value, of a new report, observed and stored in this very block.
    function setValue(bytes32 feedId, int96 value) external {
        uint32 time = uint32(block.timestamp);
        setFeed(feedId, Feed(value, ++_sequence, time, time, _newest[feedId] + 1));
    }

    /// @notice A round with any content; it becomes the feed's newest one unless a later one was set before.
    function setFeed(bytes32 feedId, Feed memory feed) public {
        requireComplete(feed);
        _rounds[feedId][feed.roundId] = feed;
        if (feed.roundId > _newest[feedId]) _newest[feedId] = feed.roundId;
        if (feed.sequence > _sequence) _sequence = feed.sequence;
    }

    /// @notice A proof of the newest value, accepted in this very block.
    function proveNewest(bytes32 feedId) external {
        Feed memory feed = newestOf(feedId);
        feed.updatedAt = uint32(block.timestamp);
        setProven(feedId, feed);
    }

    /// @notice A proven value with any content.
    function setProven(bytes32 feedId, Feed memory feed) public {
        requireComplete(feed);
        _proven[feedId] = feed;
    }

    /// @notice What `verify` (of one feed) and `verifyMany` take here for a claim. A real one is signed, and opens a Merkle tree.
    function makeClaim(
        uint64 sequence,
        uint32 observedAt,
        bytes32[] calldata feedIds,
        int96[] calldata values
    ) external pure returns (bytes memory) {
        if (feedIds.length != values.length) revert UnevenClaim(feedIds.length, values.length);
        return abi.encode(sequence, observedAt, feedIds, values);
    }

    /// @inheritdoc IReportHub
    function verify(
        bytes32 feedId,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96 value, uint32 observedAt, uint64 sequence) {
        bytes32[] memory feedIds = new bytes32[](1);
        feedIds[0] = feedId;
        int96[] memory values;
        (values, observedAt, sequence) = open(feedIds, minSequence, maxAge, claim);
        value = values[0];
    }

    /// @inheritdoc IReportHub
    function verifyMany(
        bytes32[] calldata feedIds,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) external view returns (int96[] memory answers, uint32 observedAt, uint64 sequence) {
        return open(feedIds, minSequence, maxAge, claim);
    }

    /// @inheritdoc IFeedHub
    function latest(
        bytes32 feedId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId) {
        return fields(newestOf(feedId));
    }

    /// @inheritdoc IFeedHub
    function latestPacked(bytes32 feedId) external view returns (uint256 word) {
        Feed memory feed = newestOf(feedId);
        word = (uint256(uint96(feed.value)) << 160) | (uint256(feed.sequence) << 96);
        word |= (uint256(feed.observedAt) << 64) | (uint256(feed.updatedAt) << 32) | feed.roundId;
    }

    /// @inheritdoc IFeedHub
    function latestProven(
        bytes32 feedId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 roundId) {
        Feed memory feed = _proven[feedId];
        if (feed.roundId == 0) revert NoProvenValue(feedId);
        return fields(feed);
    }

    /// @inheritdoc IFeedHub
    function latestAndProven(bytes32 feedId) external view returns (Feed memory feed, bool proven) {
        feed = newestOf(feedId);
        Feed memory other = _proven[feedId];
        proven = feed.value == other.value && feed.sequence == other.sequence && feed.observedAt == other.observedAt;
    }

    /// @inheritdoc IFeedHub
    /// @dev Here every round that was set.
    function round(
        bytes32 feedId,
        uint256 roundId
    ) external view returns (int96 value, uint64 sequence, uint32 observedAt, uint32 updatedAt, uint32 sameRound) {
        Feed memory feed = _rounds[feedId][roundId];
        if (feed.roundId == 0) revert NoRound(feedId, roundId);
        return fields(feed);
    }

    /// @inheritdoc IFeedHub
    function latestMany(bytes32[] calldata feedIds) external view returns (Feed[] memory feeds) {
        feeds = new Feed[](feedIds.length);
        for (uint256 i = 0; i < feedIds.length; ++i) feeds[i] = _rounds[feedIds[i]][_newest[feedIds[i]]];
    }

    /// @inheritdoc IFeedHub
    function transmit(bytes calldata) external pure returns (uint32, uint256) {
        revert NotMocked();
    }

    /// @inheritdoc IFeedHub
    function transmitProven(bytes calldata, Groth16Proof calldata, uint256) external pure returns (uint32, uint256) {
        revert NotMocked();
    }

    /// @inheritdoc IFeedHub
    function prove(uint256, bytes calldata, Groth16Proof calldata, uint256) external pure {
        revert NotMocked();
    }

    /// @inheritdoc IFeedHub
    function verifyAgainstStored(
        uint256,
        bytes32,
        uint64,
        uint32,
        bytes calldata
    ) external pure returns (int96, uint32, uint64, bool) {
        revert NotMocked();
    }

    /// @inheritdoc IFeedHub
    function reportSlot(uint256) external pure returns (bytes31, bool) {
        revert NotMocked();
    }

    /// @inheritdoc IFeedHub
    function head() external pure returns (uint64, uint32) {
        revert NotMocked();
    }

    /// @inheritdoc IFeedHub
    function historyDepth() external pure returns (uint256) {
        revert NotMocked();
    }

    /// @inheritdoc IFeedHub
    function preallocate(bytes32[] calldata) external pure {
        revert NotMocked();
    }

    /// @inheritdoc IReportHub
    function digestOf(Report memory) external pure returns (bytes32) {
        revert NotMocked();
    }

    /// @inheritdoc ICommitteeHub
    function install(uint16, address, uint16, bool, uint32) external pure {
        revert NotMocked();
    }

    /// @inheritdoc ICommitteeHub
    function dismiss(uint16) external pure {
        revert NotMocked();
    }

    /// @inheritdoc ICommitteeHub
    function acceptReports(bool) external pure {
        revert NotMocked();
    }

    /// @inheritdoc ICommitteeHub
    function tenureOf(uint16) external pure returns (Tenure memory) {
        revert NotMocked();
    }

    /// @inheritdoc ICommitteeHub
    function newestIndex() external pure returns (uint16) {
        revert NotMocked();
    }

    function registry() external pure returns (ICommitteeRegistry) {
        revert NotMocked();
    }

    /// Another feed than the claim's is, to a hub, a report that nobody signed.
    function open(
        bytes32[] memory feedIds,
        uint64 minSequence,
        uint32 maxAge,
        bytes calldata claim
    ) private view returns (int96[] memory values, uint32 observedAt, uint64 sequence) {
        bytes32[] memory claimed;
        (sequence, observedAt, claimed, values) = abi.decode(claim, (uint64, uint32, bytes32[], int96[]));
        if (sequence < minSequence) revert SequenceTooOld(sequence, minSequence);
        if (uint256(observedAt) + maxAge < block.timestamp) revert ReportTooOld(observedAt, block.timestamp - maxAge);
        if (observedAt > block.timestamp + WINDOW) revert ReportFromFuture(observedAt, block.timestamp + WINDOW);
        if (keccak256(abi.encode(feedIds)) != keccak256(abi.encode(claimed))) {
            revert WrongSigner(0, address(0), address(0));
        }
    }

    function newestOf(bytes32 feedId) private view returns (Feed memory feed) {
        feed = _rounds[feedId][_newest[feedId]];
        if (feed.roundId == 0) revert NoValue(feedId);
    }

    function fields(Feed memory feed) private pure returns (int96, uint64, uint32, uint32, uint32) {
        return (feed.value, feed.sequence, feed.observedAt, feed.updatedAt, feed.roundId);
    }

    function requireComplete(Feed memory feed) private pure {
        if (feed.sequence == 0 || feed.observedAt == 0 || feed.updatedAt == 0 || feed.roundId == 0) {
            revert IncompleteFeed(feed);
        }
    }
}
