// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BabyJubJub} from "../libraries/BabyJubJub.sol";
import {SchnorrSignature} from "../libraries/SchnorrSignature.sol";
import {
    Configuration,
    FeedSpec,
    ICommitteeRegistry,
    Member,
    Point,
    Possession,
    SignatureScheme,
    Timing
} from "../interfaces/ICommitteeRegistry.sol";

/// @title The rules that every staged configuration keeps
/// @notice Each function reverts with the first rule broken, naming the member or feed by its position.
library ConfigurationChecks {
    using BabyJubJub for Point;

    /// The signer bitmap is a uint32 and the median circuits end at 31 keys.
    uint256 internal constant MAX_MEMBERS = 31;
    /// The mask is a uint256.
    uint256 internal constant MAX_LANES = 256;
    /// As in most tokens; 10^18 leaves int96 a range of ±39 billion.
    uint8 internal constant MAX_DECIMALS = 18;
    /// The circuit compares timestamps in 16 bits: 2·W < 2^16.
    uint16 internal constant MAX_WINDOW = 32_767;
    bytes32 private constant POSSESSION_TAG = keccak256("quorate.possession.v1");

    /// @param eighths For each member, Q with 8·Q = its observer key.
    function check(
        Configuration calldata configuration,
        Point[] calldata eighths,
        Possession[] calldata possessions
    ) internal view {
        checkSize(configuration);
        checkTiming(configuration.timing);
        checkFeeds(configuration.feeds);
        Member[] calldata members = configuration.members;
        if (eighths.length != members.length) {
            revert ICommitteeRegistry.WrongWitnessCount(eighths.length, members.length);
        }
        for (uint256 i = 0; i < members.length; ++i) {
            checkDistinct(members, i);
            checkObserver(members[i].observer, eighths[i], i);
        }
        checkSchnorrKeys(configuration, possessions);
    }

    /// @notice See `ICommitteeRegistry.possessionDigestOf`; within a registry's own code.
    function possessionDigest(address signer, Point calldata key) internal view returns (bytes32) {
        return keccak256(abi.encode(POSSESSION_TAG, block.chainid, address(this), signer, key.x, key.y));
    }

    function checkSize(Configuration calldata configuration) private pure {
        uint256 n = configuration.members.length;
        uint256 f = configuration.f;
        if (f == 0 || n <= 3 * f) revert ICommitteeRegistry.UnsafeCommittee(n, f);
        if (n > MAX_MEMBERS) revert ICommitteeRegistry.TooManyMembers(n, MAX_MEMBERS);
        uint256 feeds = configuration.feeds.length;
        uint256 lanes = configuration.lanes;
        if (feeds == 0 || feeds > lanes || lanes > MAX_LANES) revert ICommitteeRegistry.WrongLaneCount(feeds, lanes);
    }

    function checkTiming(Timing calldata timing) private pure {
        if (timing.window > MAX_WINDOW) revert ICommitteeRegistry.WindowTooLong(timing.window, MAX_WINDOW);
        if (timing.deltaGrace >= timing.deltaRound || timing.deltaRound >= timing.deltaProgress) {
            revert ICommitteeRegistry.UnusableTiming(timing.deltaGrace, timing.deltaRound, timing.deltaProgress);
        }
        if (timing.deltaResend == 0 || timing.rMax == 0) {
            revert ICommitteeRegistry.ZeroTiming(timing.deltaResend, timing.rMax);
        }
    }

    function checkFeeds(FeedSpec[] calldata feeds) private pure {
        for (uint256 q = 0; q < feeds.length; ++q) {
            FeedSpec calldata feed = feeds[q];
            if (feed.id == 0) revert ICommitteeRegistry.EmptyFeedId(q);
            if (feed.min > feed.max) revert ICommitteeRegistry.EmptyRange(q, feed.min, feed.max);
            if (feed.decimals > MAX_DECIMALS) {
                revert ICommitteeRegistry.TooManyDecimals(q, feed.decimals, MAX_DECIMALS);
            }
        }
        checkFeedIds(feeds);
    }

    /// Each pair is compared, 32,640 of them among 256: in memory that is 1.5 million gas.
    function checkFeedIds(FeedSpec[] calldata feeds) private pure {
        bytes32[] memory ids = new bytes32[](feeds.length);
        for (uint256 q = 0; q < ids.length; ++q) {
            bytes32 id = feeds[q].id;
            uint256 first;
            assembly ("memory-safe") {
                let place := add(ids, 0x20)
                let end := add(place, shl(5, q))
                mstore(end, id)
                for {} iszero(eq(mload(place), id)) {} {
                    place := add(place, 0x20)
                }
                first := shr(5, sub(place, add(ids, 0x20)))
            }
            if (first != q) revert ICommitteeRegistry.DuplicateFeed(first, q, id);
        }
    }

    function checkSchnorrKeys(Configuration calldata configuration, Possession[] calldata possessions) private view {
        Point[] calldata keys = configuration.schnorrKeys;
        uint256 expected = keysOfScheme(configuration);
        if (keys.length != expected || possessions.length != expected) {
            revert ICommitteeRegistry.WrongSchnorrKeyCount(keys.length, possessions.length, expected);
        }
        bool ofMembers = configuration.scheme == SignatureScheme.SchnorrKeySum;
        for (uint256 i = 0; i < expected; ++i) {
            (uint256 x, uint256 y) = (keys[i].x, keys[i].y);
            if (!SchnorrSignature.isKey(x, y)) revert ICommitteeRegistry.UnusableSchnorrKey(i, x, y);
            if (ofMembers && addressOf(keys[i]) == configuration.members[i].signer) {
                revert ICommitteeRegistry.SharedKey(i);
            }
            // Two keys with one x are equal or opposite: a sum of both is no key.
            for (uint256 p = 0; p < i; ++p) {
                if (keys[p].x == x) revert ICommitteeRegistry.DuplicateKey(p, i, bytes32(x));
            }
            address signer = ofMembers ? configuration.members[i].signer : address(0);
            Possession calldata possession = possessions[i];
            bytes32 digest = possessionDigest(signer, keys[i]);
            if (!SchnorrSignature.isValid(x, y & 1, digest, possession.s, possession.nonce)) {
                revert ICommitteeRegistry.PossessionNotProven(i);
            }
        }
    }

    function addressOf(Point calldata key) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(key.x, key.y)))));
    }

    function keysOfScheme(Configuration calldata configuration) private pure returns (uint256) {
        if (configuration.scheme == SignatureScheme.SchnorrKeySum) return configuration.members.length;
        return configuration.scheme == SignatureScheme.SchnorrGroup ? 1 : 0;
    }

    /// @dev Two keys of one curve point are equal exactly when x is: in the prime subgroup x names one point.
    function checkDistinct(Member[] calldata members, uint256 second) private pure {
        bytes32[4] memory keys = keysOf(members[second]);
        for (uint256 kind = 0; kind < 3; ++kind) {
            if (keys[kind] == 0) revert ICommitteeRegistry.EmptyKey(second);
        }
        for (uint256 first = 0; first < second; ++first) {
            bytes32[4] memory others = keysOf(members[first]);
            for (uint256 kind = 0; kind < 4; ++kind) {
                if (keys[kind] == others[kind]) revert ICommitteeRegistry.DuplicateKey(first, second, keys[kind]);
            }
        }
    }

    function keysOf(Member calldata member) private pure returns (bytes32[4] memory) {
        return
            [
                bytes32(uint256(uint160(member.signer))),
                bytes32(uint256(uint160(member.transmitter))),
                member.peerKey,
                bytes32(member.observer.x)
            ];
    }

    function checkObserver(Point calldata key, Point calldata eighth, uint256 member) private pure {
        if (!key.isReduced()) revert ICommitteeRegistry.ObserverKeyOutOfField(member, key.x, key.y);
        if (!key.isOnCurve()) revert ICommitteeRegistry.ObserverKeyOffCurve(member, key.x, key.y);
        if (key.x == 0) revert ICommitteeRegistry.ObserverKeyNeutral(member);
        if (!eighth.isOnCurve() || !key.isEightTimes(eighth)) {
            revert ICommitteeRegistry.ObserverKeyOutsideSubgroup(member);
        }
    }
}
