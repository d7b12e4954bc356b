// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommitteeHub} from "./ICommitteeHub.sol";
import {IMedianVerifier} from "./IMedianVerifier.sol";

/// @notice An affine point: of BabyJubJub in circomlib's twisted Edwards form, or of secp256k1.
struct Point {
    uint256 x;
    uint256 y;
}

/// @notice One registered node. Its index in the committee is its position in the list.
struct Member {
    /// secp256k1 address that signs reports and proposals.
    address signer;
    /// Account that sends transactions.
    address transmitter;
    /// Ed25519 public key of the libp2p identity.
    bytes32 peerKey;
    /// Key that signs observations: on the curve, in the prime subgroup, not the neutral element.
    Point observer;
}

/// @notice A named number. Its position is its lane in every mask and value vector.
struct FeedSpec {
    bytes32 id;
    /// 0…18: reports carry value · 10^decimals.
    uint8 decimals;
    /// A median outside [min, max] is left out of the report by the nodes.
    int96 min;
    int96 max;
    /// Seconds after which the feed is transmitted though it did not move.
    uint32 heartbeat;
    /// Parts per billion of movement that make the feed due.
    uint32 deviationPpb;
    /// sha256 of the WebAssembly module that observes it.
    bytes32 moduleDigest;
}

/// @notice The protocol's timers: milliseconds unless said otherwise. deltaRound, deltaResend and rMax are not 0;
/// deltaGrace < deltaRound < deltaProgress, or no round could finish.
struct Timing {
    uint32 deltaRound;
    uint32 deltaGrace;
    uint32 deltaProgress;
    uint32 deltaResend;
    uint32 deltaStage;
    /// Rounds per epoch.
    uint16 rMax;
    /// W, seconds, at most 32,767: every chosen timestamp lies in observedAt ± W.
    uint16 window;
}

/// @notice How the members of a committee sign reports.
enum SignatureScheme {
    /// f+1 ECDSA signatures: made alone, and each names its signer.
    EcdsaQuorum,
    /// One Schnorr signature of the sum of f+1 members' keys: made together, and the bitmap names the signers.
    SchnorrKeySum,
    /// One Schnorr signature of a key whose secret the members share (FROST): made together, and nobody is named.
    SchnorrGroup
}

/// @notice A Schnorr signature with the very key that is registered: see `SchnorrSignature`.
struct Possession {
    uint256 s;
    /// Address of the nonce point.
    address nonce;
}

/// @notice What all nodes of one configuration share.
struct Configuration {
    /// From 1, one more than the last activated configuration's.
    uint16 index;
    /// Tolerated Byzantine nodes, n > 3f.
    uint8 f;
    Member[] members;
    FeedSpec[] feeds;
    /// K: lanes of the value vector, at least the number of feeds; fixed by the circuit. Reports of more than 32 lanes cannot be proven.
    uint16 lanes;
    /// Version of the fuel rules that every node meters with.
    uint16 fuelRules;
    Timing timing;
    SignatureScheme scheme;
    /// Points of secp256k1 that reports are signed with: none, one per member in their order, or the group's one. A member's is
    /// never its ECDSA key: signatures of both schemes under one key and nonce give the key away.
    Point[] schnorrKeys;
}

/// @notice What is known of a configuration's committee.
struct Committee {
    /// Code store with the members' keys and the feeds' ids: see `CommitteeData`.
    address data;
    uint8 n;
    uint8 f;
    uint16 lanes;
    uint16 feeds;
    /// W, seconds.
    uint16 window;
    uint16 index;
    /// Unix seconds of the last block that takes its reports: 0 while staged and after `revoke`, 2^32 − 1 while active, and of
    /// a retired one its deadline, or the second before a successor reported. A pause changes nothing here: see `paused`.
    uint32 validUntil;
}

/// @notice What checking a median proof takes besides the committee.
struct Statement {
    Committee committee;
    ConfigurationState state;
    /// The verifier of this committee's shape; zero for a committee that only signs.
    IMedianVerifier verifier;
    /// Chained Poseidon of the observer keys, padded to the verifier's nMax; zero without a verifier.
    uint256 setRoot;
}

enum ConfigurationState {
    Unknown,
    Staged,
    Active,
    Retired,
    Revoked
}

/// @title Registry of committees
/// @notice Holds the configurations of one oracle network, whole and on chain: a node needs an RPC endpoint and this
/// address, nothing else. A configuration is staged (checked and stored), activated, retired by its successor or revoked.
/// @dev Trust: the owner chooses committees, verifiers and the guardian. It cannot forge a report of a committee that is in
/// force. The guardian can stop all committees at once, and nothing else; only the owner lets them go on.
/// Every observation key is proven by witness to be in the prime subgroup; possession of the keys is not proven here.
interface ICommitteeRegistry {
    event HubSet(ICommitteeHub indexed hub);
    event VerifierSet(uint8 indexed k, uint8 indexed lanes, IMedianVerifier verifier);
    event ConfigurationStaged(
        bytes32 indexed configDigest,
        uint16 indexed index,
        IMedianVerifier verifier,
        uint256 setRoot
    );
    event ConfigurationActivated(bytes32 indexed configDigest, uint16 indexed index, bytes32 indexed previous);
    event ConfigurationRetired(bytes32 indexed configDigest, uint32 validUntil);
    event ConfigurationRevoked(bytes32 indexed configDigest);
    event GuardianSet(address indexed guardian);
    event Paused(address by);
    event Unpaused(address by);

    /// The Poseidon contract given at deployment computes another hash.
    error WrongPoseidon(uint256 given, uint256 expected);
    /// The hub is wired once; deploy another registry for another hub.
    error HubAlreadySet(ICommitteeHub hub);
    /// The hub must have been deployed with this registry.
    error ForeignHub(ICommitteeHub hub, ICommitteeRegistry itsRegistry);
    error HubNotSet();
    /// The call needs a configuration in another state.
    error WrongState(bytes32 configDigest, ConfigurationState state);
    /// The next configuration's index is one more than that of the last activated one.
    error WrongIndex(uint16 given, uint16 expected);
    /// Only the guardian or the owner may pause.
    error NeitherGuardianNorOwner(address caller);
    /// It is paused already, or not paused.
    error PauseUnchanged(bool paused);
    /// Without an owner nobody could end a pause or revoke a committee whose keys are lost: transfer the ownership instead.
    error OwnerNeeded();
    /// One witness per member is needed.
    error WrongWitnessCount(uint256 given, uint256 expected);

    /// n > 3f and f ≥ 1 do not hold.
    error UnsafeCommittee(uint256 n, uint256 f);
    error TooManyMembers(uint256 n, uint256 max);
    /// A signer, transmitter, peer key or observer key is zero, or two members share it.
    error EmptyKey(uint256 member);
    error DuplicateKey(uint256 first, uint256 second, bytes32 key);
    error ObserverKeyOutOfField(uint256 member, uint256 x, uint256 y);
    error ObserverKeyOffCurve(uint256 member, uint256 x, uint256 y);
    error ObserverKeyNeutral(uint256 member);
    /// The witness is off the curve, or eight times the witness is not the key.
    error ObserverKeyOutsideSubgroup(uint256 member);

    /// The scheme needs another number of Schnorr keys, each with its possession.
    error WrongSchnorrKeyCount(uint256 keys, uint256 possessions, uint256 expected);
    /// Not a point of secp256k1 with reduced coordinates and 0 < x < N.
    error UnusableSchnorrKey(uint256 position, uint256 x, uint256 y);
    /// A member's Schnorr key is the key of its ECDSA signatures.
    error SharedKey(uint256 member);
    /// The signature is not of this key over `possessionDigestOf`.
    error PossessionNotProven(uint256 position);

    /// 1 ≤ feeds ≤ lanes ≤ 256 does not hold.
    error WrongLaneCount(uint256 feeds, uint256 lanes);
    error EmptyFeedId(uint256 feed);
    error DuplicateFeed(uint256 first, uint256 second, bytes32 feedId);
    error EmptyRange(uint256 feed, int96 min, int96 max);
    error TooManyDecimals(uint256 feed, uint8 decimals, uint8 max);
    error WindowTooLong(uint16 window, uint16 max);
    /// No round could finish with these timers: see `Timing`.
    error UnusableTiming(uint32 deltaGrace, uint32 deltaRound, uint32 deltaProgress);
    error ZeroTiming(uint32 deltaResend, uint16 rMax);

    /// The verifier of the shape (k = 2f+1, lanes) has no room for n keys.
    error CommitteeExceedsVerifier(uint256 n, uint256 nMax);

    /// @notice Wires the hub whose reports these committees sign. Owner only, once.
    function setHub(ICommitteeHub hub) external;

    /// @notice Offers a verifier to configurations staged from now on, for its own shape (k, lanes). Owner only.
    /// @dev Committees that are already staged keep the verifier they were staged with.
    function setVerifier(IMedianVerifier verifier) external;

    /// @notice Withdraws the verifier of a shape: later configurations of that shape only sign. Owner only.
    function clearVerifier(uint8 k, uint8 lanes) external;

    /// @notice Checks and stores a configuration without putting it in force. Owner only.
    /// @param configuration Its index must be `latestIndex() + 1`; several candidates may be staged under one index.
    /// @param eighths For each member the point Q with 8·Q = observer key: shows that the key is in the prime subgroup.
    /// @param possessions For each Schnorr key its signature over `possessionDigestOf`: whoever registers a key made from the
    /// others' keys could sign for all of them, and cannot sign this.
    /// @return configDigest See `configDigestOf`.
    function stage(
        Configuration calldata configuration,
        Point[] calldata eighths,
        Possession[] calldata possessions
    ) external returns (bytes32 configDigest);

    /// @notice Keeps a configuration's encoding before it is staged: for one of hundreds of feeds, where both together exceed
    /// what one transaction may cost. Anyone may call; what is not a configuration is never staged.
    /// @param encoded `abi.encode(configuration)`.
    /// @return configDigest See `configDigestOf`.
    function publish(bytes calldata encoded) external returns (bytes32 configDigest);

    /// @notice Puts a staged configuration in force and retires the one in force. Owner only.
    /// @dev The hub may ask more of it than was checked when it was staged: a packed hub, that its feeds keep their lanes.
    /// The retired one stays valid for `RETIREMENT_GRACE` seconds, or until the hub has seen a report of the new one.
    function activate(bytes32 configDigest) external;

    /// @notice Ends a staged, active or retired configuration at once and for ever: no report, no proof. Owner only.
    function revoke(bytes32 configDigest) external;

    /// @notice Names who may pause besides the owner; zero for nobody. Owner only.
    function setGuardian(address guardian) external;

    /// @notice From now on the hub takes no report, claim or proof of any committee, also of one activated meanwhile. What is
    /// stored can be read: a reader that looks at its age notices. Guardian or owner.
    function pause() external;

    /// @notice Ends the pause. Committees are as if it had not been: the hour of a retired one went on. Owner only.
    function unpause() external;

    /// @notice The committee of a configuration. All zero for an unknown digest.
    function committee(bytes32 configDigest) external view returns (Committee memory);

    /// @notice The committee, its state, and what its proofs are checked against. All zero for an unknown digest.
    function statement(bytes32 configDigest) external view returns (Statement memory);

    /// @notice The configuration as `abi.encode(configuration)`. Reverts with `WrongState` for an unknown digest.
    function configurationOf(bytes32 configDigest) external view returns (bytes memory encoded);

    /// @notice keccak256(abi.encode(keccak256("quorate.configuration.v1"), chainid, this registry, hub, keccak256(encoded))).
    function configDigestOf(bytes calldata encoded) external view returns (bytes32);

    /// @notice What a Schnorr key signs to be registered: keccak256(abi.encode(keccak256("quorate.possession.v1"), chainid, this
    /// registry, signer, x, y)).
    /// @param signer The member's `signer`; zero for a group's key.
    function possessionDigestOf(address signer, Point calldata key) external view returns (bytes32);

    /// @notice Digest of the configuration in force; zero when there is none.
    function activeDigest() external view returns (bytes32);

    /// @notice Index of the last activated configuration; 0 before the first.
    function latestIndex() external view returns (uint16);

    /// @notice The verifier that a configuration of this shape would be staged with; zero for none.
    function verifierFor(uint8 k, uint8 lanes) external view returns (IMedianVerifier);

    /// @notice Whether a key signs reports for a configuration. False for an unknown digest.
    function isSigner(bytes32 configDigest, address key) external view returns (bool);

    /// @notice Whether the hub takes nothing at present: see `pause`.
    function paused() external view returns (bool);

    /// @notice May pause; zero for nobody.
    function guardian() external view returns (address);

    function hub() external view returns (ICommitteeHub);
}
