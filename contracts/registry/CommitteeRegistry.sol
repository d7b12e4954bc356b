// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {CodeStore} from "../libraries/CodeStore.sol";
import {CommitteeKeys} from "../libraries/CommitteeKeys.sol";
import {IPoseidonT6, ObserverSet} from "../libraries/ObserverSet.sol";
import {
    Committee,
    Configuration,
    ConfigurationState,
    ICommitteeRegistry,
    Point,
    Statement
} from "../interfaces/ICommitteeRegistry.sol";
import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {IMedianVerifier} from "../interfaces/IMedianVerifier.sol";
import {ConfigurationChecks} from "./ConfigurationChecks.sol";

/// @title Registry of committees
/// @notice See `ICommitteeRegistry`. Ownership moves in two steps; the owner may be a timelock.
contract CommitteeRegistry is ICommitteeRegistry, Ownable2Step {
    /// @notice Seconds that a retired configuration stays valid unless its successor reports before: time for the new nodes to start.
    uint32 public constant RETIREMENT_GRACE = 1 hours;

    bytes32 private constant CONFIGURATION_TAG = keccak256("quorate.configuration.v1");
    /// circomlib's Poseidon(1, 2, 3, 4, 5).
    uint256 private constant POSEIDON_VECTOR =
        6183221330272524995739186171720101788151706631170188140075976616310159254464;
    uint32 private constant FOR_EVER = type(uint32).max;

    /// The committee fills the first slot, verifier and state the second; the encoded configuration is kept in code.
    struct Entry {
        Committee committee;
        IMedianVerifier verifier;
        ConfigurationState state;
        uint256 setRoot;
        address encoded;
    }

    /// @notice Hashes the observation keys of a committee.
    IPoseidonT6 public immutable poseidon;
    /// @inheritdoc ICommitteeRegistry
    address public override hub;
    /// @inheritdoc ICommitteeRegistry
    uint16 public override latestIndex;
    /// @inheritdoc ICommitteeRegistry
    bytes32 public override activeDigest;
    mapping(bytes32 configDigest => Entry) private _entries;
    mapping(uint8 k => mapping(uint8 lanes => IMedianVerifier)) private _verifiers;

    /// @param initialOwner Chooses committees and verifiers; make it a timelock or a multisignature account.
    /// @param poseidon_ Poseidon with five inputs; its answer to (1, 2, 3, 4, 5) is checked.
    constructor(address initialOwner, IPoseidonT6 poseidon_) Ownable(initialOwner) {
        uint256 answer = poseidon_.hash([uint256(1), 2, 3, 4, 5]);
        if (answer != POSEIDON_VECTOR) revert WrongPoseidon(answer, POSEIDON_VECTOR);
        poseidon = poseidon_;
    }

    /// @inheritdoc ICommitteeRegistry
    function setHub(address hub_) external onlyOwner {
        if (hub != address(0)) revert HubAlreadySet(hub);
        address itsRegistry = address(IFeedHub(hub_).registry());
        if (itsRegistry != address(this)) revert ForeignHub(hub_, itsRegistry);
        hub = hub_;
        emit HubSet(hub_);
    }

    /// @inheritdoc ICommitteeRegistry
    function setVerifier(IMedianVerifier verifier) external onlyOwner {
        _setVerifier(verifier.k(), verifier.lanes(), verifier);
    }

    /// @inheritdoc ICommitteeRegistry
    function clearVerifier(uint8 k, uint8 lanes) external onlyOwner {
        _setVerifier(k, lanes, IMedianVerifier(address(0)));
    }

    /// @inheritdoc ICommitteeRegistry
    function stage(
        Configuration calldata configuration,
        Point[] calldata eighths
    ) external onlyOwner returns (bytes32 configDigest) {
        if (hub == address(0)) revert HubNotSet();
        _checkIndex(configuration.index);
        ConfigurationChecks.check(configuration, eighths);
        bytes memory encoded = abi.encode(configuration);
        configDigest = _digest(encoded);
        Entry storage entry = _entries[configDigest];
        if (entry.state != ConfigurationState.Unknown) revert WrongState(configDigest, entry.state);

        (IMedianVerifier verifier, uint256 setRoot) = _proving(configuration);
        entry.committee = _committeeOf(configuration);
        entry.verifier = verifier;
        entry.state = ConfigurationState.Staged;
        entry.setRoot = setRoot;
        entry.encoded = CodeStore.write(encoded);
        emit ConfigurationStaged(configDigest, configuration.index, verifier, setRoot);
    }

    /// @inheritdoc ICommitteeRegistry
    function activate(bytes32 configDigest) external onlyOwner {
        Entry storage entry = _entries[configDigest];
        if (entry.state != ConfigurationState.Staged) revert WrongState(configDigest, entry.state);
        uint16 index = entry.committee.index;
        _checkIndex(index);

        bytes32 previous = activeDigest;
        if (previous != 0) _retire(previous);
        entry.state = ConfigurationState.Active;
        entry.committee.validUntil = FOR_EVER;
        activeDigest = configDigest;
        latestIndex = index;
        emit ConfigurationActivated(configDigest, index, previous);
    }

    /// @inheritdoc ICommitteeRegistry
    function revoke(bytes32 configDigest) external onlyOwner {
        Entry storage entry = _entries[configDigest];
        ConfigurationState state = entry.state;
        if (state == ConfigurationState.Unknown || state == ConfigurationState.Revoked) {
            revert WrongState(configDigest, state);
        }
        entry.state = ConfigurationState.Revoked;
        entry.committee.validUntil = 0;
        if (activeDigest == configDigest) activeDigest = 0;
        emit ConfigurationRevoked(configDigest);
    }

    /// @inheritdoc ICommitteeRegistry
    function committee(bytes32 configDigest) external view returns (Committee memory) {
        return _entries[configDigest].committee;
    }

    /// @inheritdoc ICommitteeRegistry
    function statement(bytes32 configDigest) external view returns (Statement memory) {
        Entry storage entry = _entries[configDigest];
        return Statement(entry.committee, entry.state, entry.verifier, entry.setRoot);
    }

    /// @inheritdoc ICommitteeRegistry
    function configurationOf(bytes32 configDigest) external view returns (bytes memory) {
        Entry storage entry = _entries[configDigest];
        if (entry.state == ConfigurationState.Unknown) revert WrongState(configDigest, entry.state);
        return CodeStore.readAll(entry.encoded);
    }

    /// @inheritdoc ICommitteeRegistry
    function configDigestOf(bytes calldata encoded) external view returns (bytes32) {
        return _digest(encoded);
    }

    /// @inheritdoc ICommitteeRegistry
    function verifierFor(uint8 k, uint8 lanes) external view returns (IMedianVerifier) {
        return _verifiers[k][lanes];
    }

    function _setVerifier(uint8 k, uint8 lanes, IMedianVerifier verifier) private {
        _verifiers[k][lanes] = verifier;
        emit VerifierSet(k, lanes, verifier);
    }

    function _retire(bytes32 configDigest) private {
        uint32 validUntil = uint32(block.timestamp) + RETIREMENT_GRACE;
        Entry storage entry = _entries[configDigest];
        entry.state = ConfigurationState.Retired;
        entry.committee.validUntil = validUntil;
        emit ConfigurationRetired(configDigest, validUntil);
    }

    function _checkIndex(uint16 index) private view {
        uint16 expected = latestIndex + 1;
        if (index != expected) revert WrongIndex(index, expected);
    }

    function _committeeOf(Configuration calldata configuration) private returns (Committee memory) {
        return
            Committee({
                keys: CommitteeKeys.write(configuration.members, configuration.feeds),
                n: uint8(configuration.members.length),
                f: configuration.f,
                lanes: configuration.lanes,
                feeds: uint8(configuration.feeds.length),
                window: configuration.timing.window,
                index: configuration.index,
                validUntil: 0
            });
    }

    /// The verifier of this configuration's shape and the root of its keys; both zero when there is none.
    function _proving(Configuration calldata configuration) private view returns (IMedianVerifier verifier, uint256) {
        verifier = _verifiers[2 * configuration.f + 1][configuration.lanes];
        if (address(verifier) == address(0)) return (verifier, 0);
        uint256 nMax = verifier.nMax();
        uint256 n = configuration.members.length;
        if (n > nMax) revert CommitteeExceedsVerifier(n, nMax);
        return (verifier, ObserverSet.root(poseidon, configuration.members, nMax));
    }

    function _digest(bytes memory encoded) private view returns (bytes32) {
        return keccak256(abi.encode(CONFIGURATION_TAG, block.chainid, address(this), hub, keccak256(encoded)));
    }
}
