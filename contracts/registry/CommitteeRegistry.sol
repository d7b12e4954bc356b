// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {CodeStore} from "../libraries/CodeStore.sol";
import {CommitteeData, CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {IPoseidonT6, ObserverSet} from "../libraries/ObserverSet.sol";
import {ICommitteeHub, Tenure} from "../interfaces/ICommitteeHub.sol";
import {
    Committee,
    Configuration,
    ConfigurationState,
    ICommitteeRegistry,
    Point,
    Possession,
    Statement
} from "../interfaces/ICommitteeRegistry.sol";
import {IMedianVerifier} from "../interfaces/IMedianVerifier.sol";
import {ConfigurationChecks} from "./ConfigurationChecks.sol";

/// @title Registry of committees
/// @notice See `ICommitteeRegistry`. Ownership moves in two steps; the owner may be a timelock.
contract CommitteeRegistry is ICommitteeRegistry, Ownable2Step {
    /// @notice Seconds that a retired configuration stays valid unless its successor reports before: time for the new nodes to start.
    uint32 public constant RETIREMENT_GRACE = 1 hours;

    /// A circuit's mask is a uint32.
    uint16 private constant MAX_PROVABLE_LANES = 32;
    bytes32 private constant CONFIGURATION_TAG = keccak256("quorate.configuration.v1");
    /// circomlib's Poseidon(1, 2, 3, 4, 5).
    uint256 private constant POSEIDON_VECTOR =
        6183221330272524995739186171720101788151706631170188140075976616310159254464;

    /// What is immutable of a configuration is kept in code: what the hub needs of it, and the whole.
    struct Entry {
        address data;
        uint16 dataLength;
        uint16 index;
        ConfigurationState state;
    }

    /// @notice Hashes the observation keys of a committee.
    IPoseidonT6 public immutable poseidon;
    /// @inheritdoc ICommitteeRegistry
    ICommitteeHub public override hub;
    /// @inheritdoc ICommitteeRegistry
    uint16 public override latestIndex;
    /// @inheritdoc ICommitteeRegistry
    bool public override paused;
    /// @inheritdoc ICommitteeRegistry
    address public override guardian;
    /// @inheritdoc ICommitteeRegistry
    bytes32 public override activeDigest;
    mapping(bytes32 configDigest => Entry) private _entries;
    /// Code stores with the whole encoding, one after the other.
    mapping(bytes32 configDigest => address[]) private _encodings;
    mapping(uint8 k => mapping(uint8 lanes => IMedianVerifier)) private _verifiers;

    /// @param initialOwner Chooses committees and verifiers; make it a timelock or a multisignature account.
    /// @param poseidon_ Poseidon with five inputs; its answer to (1, 2, 3, 4, 5) is checked.
    constructor(address initialOwner, IPoseidonT6 poseidon_) Ownable(initialOwner) {
        uint256 answer = poseidon_.hash([uint256(1), 2, 3, 4, 5]);
        if (answer != POSEIDON_VECTOR) revert WrongPoseidon(answer, POSEIDON_VECTOR);
        poseidon = poseidon_;
    }

    /// @inheritdoc ICommitteeRegistry
    function setHub(ICommitteeHub hub_) external onlyOwner {
        if (address(hub) != address(0)) revert HubAlreadySet(hub);
        ICommitteeRegistry itsRegistry = hub_.registry();
        if (address(itsRegistry) != address(this)) revert ForeignHub(hub_, itsRegistry);
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
        Point[] calldata eighths,
        Possession[] calldata possessions
    ) external onlyOwner returns (bytes32 configDigest) {
        if (address(hub) == address(0)) revert HubNotSet();
        _checkIndex(configuration.index);
        ConfigurationChecks.check(configuration, eighths, possessions);
        configDigest = _keep(abi.encode(configuration));
        Entry storage entry = _entries[configDigest];
        if (entry.state != ConfigurationState.Unknown) revert WrongState(configDigest, entry.state);

        (IMedianVerifier verifier, uint256 setRoot) = _proving(configuration);
        bytes memory data = CommitteeDataAccess.encode(configuration, configDigest, verifier, setRoot);
        entry.data = CodeStore.write(data);
        entry.dataLength = uint16(data.length);
        entry.index = configuration.index;
        entry.state = ConfigurationState.Staged;
        emit ConfigurationStaged(configDigest, configuration.index, verifier, setRoot);
    }

    /// @inheritdoc ICommitteeRegistry
    function publish(bytes calldata encoded) external returns (bytes32 configDigest) {
        if (address(hub) == address(0)) revert HubNotSet();
        return _keep(encoded);
    }

    /// @inheritdoc ICommitteeRegistry
    function activate(bytes32 configDigest) external onlyOwner {
        Entry storage entry = _entries[configDigest];
        if (entry.state != ConfigurationState.Staged) revert WrongState(configDigest, entry.state);
        uint16 index = entry.index;
        _checkIndex(index);

        bytes32 previous = activeDigest;
        uint32 retiredUntil = uint32(block.timestamp) + RETIREMENT_GRACE;
        if (previous != 0) {
            _entries[previous].state = ConfigurationState.Retired;
            emit ConfigurationRetired(previous, retiredUntil);
        }
        entry.state = ConfigurationState.Active;
        activeDigest = configDigest;
        latestIndex = index;
        emit ConfigurationActivated(configDigest, index, previous);
        bool provable = address(_load(entry).shape().verifier()) != address(0);
        hub.install(index, entry.data, entry.dataLength, provable, retiredUntil);
    }

    /// @inheritdoc ICommitteeRegistry
    function revoke(bytes32 configDigest) external onlyOwner {
        Entry storage entry = _entries[configDigest];
        ConfigurationState state = entry.state;
        if (state == ConfigurationState.Unknown || state == ConfigurationState.Revoked) {
            revert WrongState(configDigest, state);
        }
        entry.state = ConfigurationState.Revoked;
        if (activeDigest == configDigest) activeDigest = 0;
        emit ConfigurationRevoked(configDigest);
        if (state != ConfigurationState.Staged) hub.dismiss(entry.index);
    }

    /// @inheritdoc ICommitteeRegistry
    function setGuardian(address guardian_) external onlyOwner {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    /// @inheritdoc ICommitteeRegistry
    function pause() external {
        if (msg.sender != guardian && msg.sender != owner()) revert NeitherGuardianNorOwner(msg.sender);
        _setPaused(true);
        emit Paused(msg.sender);
        hub.acceptReports(false);
    }

    /// @inheritdoc ICommitteeRegistry
    function unpause() external onlyOwner {
        _setPaused(false);
        emit Unpaused(msg.sender);
        hub.acceptReports(true);
    }

    /// @notice Refused: see `OwnerNeeded`.
    function renounceOwnership() public pure override {
        revert OwnerNeeded();
    }

    /// @inheritdoc ICommitteeRegistry
    function committee(bytes32 configDigest) external view returns (Committee memory) {
        return _committeeOf(_entries[configDigest]);
    }

    /// @inheritdoc ICommitteeRegistry
    function statement(bytes32 configDigest) external view returns (Statement memory statement_) {
        Entry storage entry = _entries[configDigest];
        if (entry.state == ConfigurationState.Unknown) return statement_;
        CommitteeData data = _load(entry);
        return Statement(_committeeOf(entry), entry.state, data.shape().verifier(), data.setRoot());
    }

    /// @inheritdoc ICommitteeRegistry
    function isSigner(bytes32 configDigest, address key) external view returns (bool) {
        Entry storage entry = _entries[configDigest];
        if (entry.state == ConfigurationState.Unknown) return false;
        CommitteeData data = _load(entry);
        for (uint256 member = 0; member < data.shape().n(); ++member) {
            if (data.signerAt(member) == key) return true;
        }
        return false;
    }

    /// @inheritdoc ICommitteeRegistry
    function configurationOf(bytes32 configDigest) external view returns (bytes memory) {
        Entry storage entry = _entries[configDigest];
        if (entry.state == ConfigurationState.Unknown) revert WrongState(configDigest, entry.state);
        return CodeStore.readAll(_encodings[configDigest]);
    }

    /// @inheritdoc ICommitteeRegistry
    function possessionDigestOf(address signer, Point calldata key) external view returns (bytes32) {
        return ConfigurationChecks.possessionDigest(signer, key);
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

    function _setPaused(bool paused_) private {
        if (address(hub) == address(0)) revert HubNotSet();
        if (paused == paused_) revert PauseUnchanged(paused_);
        paused = paused_;
    }

    function _checkIndex(uint16 index) private view {
        uint16 expected = latestIndex + 1;
        if (index != expected) revert WrongIndex(index, expected);
    }

    function _load(Entry storage entry) private view returns (CommitteeData) {
        return CommitteeDataAccess.load(entry.data, entry.dataLength);
    }

    function _committeeOf(Entry storage entry) private view returns (Committee memory committee_) {
        ConfigurationState state = entry.state;
        if (state == ConfigurationState.Unknown) return committee_;
        CommitteeData data = _load(entry);
        Tenure memory tenure;
        if (state == ConfigurationState.Active || state == ConfigurationState.Retired)
            tenure = hub.tenureOf(entry.index);
        return
            Committee({
                data: entry.data,
                n: uint8(data.shape().n()),
                f: uint8(data.shape().f()),
                lanes: uint16(data.shape().lanes()),
                feeds: uint16(data.shape().feeds()),
                window: data.shape().window(),
                index: entry.index,
                validUntil: tenure.heldUntil != 0 ? tenure.heldUntil : tenure.validUntil
            });
    }

    /// The verifier of this configuration's shape and the root of its keys; both zero when there is none.
    function _proving(Configuration calldata configuration) private view returns (IMedianVerifier verifier, uint256) {
        if (configuration.lanes > MAX_PROVABLE_LANES) return (verifier, 0);
        verifier = _verifiers[2 * configuration.f + 1][uint8(configuration.lanes)];
        if (address(verifier) == address(0)) return (verifier, 0);
        uint256 nMax = verifier.nMax();
        uint256 n = configuration.members.length;
        if (n > nMax) revert CommitteeExceedsVerifier(n, nMax);
        return (verifier, ObserverSet.root(poseidon, configuration.members, nMax));
    }

    /// Keeps an encoding unless it is kept already.
    function _keep(bytes memory encoded) private returns (bytes32 configDigest) {
        configDigest = _digest(encoded);
        if (_encodings[configDigest].length == 0) _encodings[configDigest] = CodeStore.writeAll(encoded);
    }

    function _digest(bytes memory encoded) private view returns (bytes32) {
        return keccak256(abi.encode(CONFIGURATION_TAG, block.chainid, address(this), address(hub), keccak256(encoded)));
    }
}
