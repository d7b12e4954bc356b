// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BabyJubJub} from "../libraries/BabyJubJub.sol";
import {CodeStore} from "../libraries/CodeStore.sol";
import {CommitteeData, CommitteeDataAccess, CommitteeShape} from "../libraries/CommitteeData.sol";
import {Configuration, Member, Point, SignatureScheme} from "../interfaces/ICommitteeRegistry.sol";
import {IMedianVerifier} from "../interfaces/IMedianVerifier.sol";
import {IPoseidonT6, ObserverSet} from "../libraries/ObserverSet.sol";
import {UsedMemory} from "./UsedMemory.sol";

/// @title Opens the libraries of committees, of their keys and of what is kept in code to tests in TypeScript
contract CommitteeHarness is UsedMemory {
    /// What of a committee's data has a place of its own.
    struct Header {
        bytes32 configDigest;
        uint256 setRoot;
        IMedianVerifier verifier;
        uint16 index;
        uint16 window;
        uint256 n;
        uint256 f;
        uint256 lanes;
        uint256 feeds;
        /// As assembly sees it.
        uint256 scheme;
    }

    /// Where parts of loaded data begin, counted from where memory was free before.
    struct Places {
        uint256 data;
        uint256 feedIds;
        uint256 signers;
        uint256 schnorrKeys;
        /// Free memory afterwards.
        uint256 end;
    }

    function write(bytes calldata data) external returns (address) {
        return CodeStore.write(data);
    }

    function writeAll(bytes calldata data) external returns (address[] memory) {
        return CodeStore.writeAll(data);
    }

    function read(address store, uint256 length) external view inUsedMemory returns (bytes memory) {
        return CodeStore.read(store, length);
    }

    function readAll(address[] calldata stores) external view returns (bytes memory) {
        return CodeStore.readAll(stores);
    }

    function encode(
        Configuration calldata configuration,
        bytes32 digest,
        IMedianVerifier verifier,
        uint256 root
    ) external pure returns (bytes memory) {
        return CommitteeDataAccess.encode(configuration, digest, verifier, root);
    }

    function load(address store, uint256 length) external view inUsedMemory returns (Places memory, bytes memory) {
        CommitteeData data = CommitteeDataAccess.load(store, length);
        return placesAndCopy(data, freeMemory(), length);
    }

    function loadAll(address store, uint256 length) external view inUsedMemory returns (Places memory, bytes memory) {
        CommitteeData data = CommitteeDataAccess.loadAll(store);
        return placesAndCopy(data, freeMemory(), length);
    }

    function loadWithoutIds(
        address store,
        uint256 length
    ) external view inUsedMemory returns (Places memory, bytes memory) {
        CommitteeData data = CommitteeDataAccess.loadWithoutIds(store, length);
        return placesAndCopy(data, freeMemory(), length);
    }

    function header(bytes memory committee) external pure returns (Header memory fields) {
        CommitteeData data = inMemory(committee);
        CommitteeShape shape = data.shape();
        fields.configDigest = data.configDigest();
        fields.setRoot = data.setRoot();
        fields.verifier = shape.verifier();
        fields.index = shape.index();
        fields.window = shape.window();
        fields.n = shape.n();
        fields.f = shape.f();
        fields.lanes = shape.lanes();
        fields.feeds = shape.feeds();
        SignatureScheme scheme = shape.scheme();
        uint256 word;
        assembly ("memory-safe") {
            word := scheme
        }
        fields.scheme = word;
    }

    function feedIdAt(bytes memory committee, uint256 lane) external pure returns (bytes32) {
        return inMemory(committee).feedIdAt(lane);
    }

    function signerAt(bytes memory committee, uint256 member) external pure returns (address) {
        return inMemory(committee).signerAt(member);
    }

    function setRoot(IPoseidonT6 poseidon, Member[] calldata members, uint256 nMax) external pure returns (uint256) {
        return ObserverSet.root(poseidon, members, nMax);
    }

    function isReduced(Point calldata point) external pure returns (bool) {
        return BabyJubJub.isReduced(point);
    }

    function isOnCurve(Point calldata point) external pure returns (bool) {
        return BabyJubJub.isOnCurve(point);
    }

    function isEightTimes(Point calldata point, Point calldata eighth) external pure returns (bool) {
        return BabyJubJub.isEightTimes(point, eighth);
    }

    function placesAndCopy(
        CommitteeData data,
        uint256 end,
        uint256 length
    ) private pure returns (Places memory places, bytes memory copy) {
        unchecked {
            places.data = CommitteeData.unwrap(data) - FREE_AT;
            places.feedIds = data.feedIdsAt() - FREE_AT;
            places.signers = data.signersAt() - FREE_AT;
            places.schnorrKeys = data.schnorrKeysAt() - FREE_AT;
            places.end = end - FREE_AT;
        }
        copy = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(copy, 0x20), data, length)
        }
    }

    function inMemory(bytes memory committee) private pure returns (CommitteeData data) {
        assembly ("memory-safe") {
            data := add(committee, 0x20)
        }
    }
}
