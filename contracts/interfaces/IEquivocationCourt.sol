// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ConfigurationState, ICommitteeRegistry} from "./ICommitteeRegistry.sol";
import {Report} from "./IReportHub.sol";

/// @notice A leader's signature over one choice of observations. The slot is named beside it.
struct SignedProposal {
    /// keccak256 of the chosen observations' bytes.
    bytes32 observationsHash;
    /// ECDSA over the EIP-712 digest, compact (EIP-2098), s at most half the order.
    bytes32 r;
    bytes32 vs;
}

/// @notice A report with one member's signature.
struct SignedReport {
    Report report;
    /// As in `SignedProposal`.
    bytes32 r;
    bytes32 vs;
}

/// @notice What a member signed twice for one slot.
enum Offence {
    Proposals,
    Reports
}

/// @title Court of equivocation
/// @notice Marks members that signed two different statements of one kind for one slot: two proposals, or two reports. An
/// honest node never does: it stores what it signs before it sends it. So two signatures are all the evidence there is to
/// bring; anyone may bring it, at any time, and nobody can take a mark away. Other contracts and people draw the
/// consequences: the registry's owner may revoke the committee, a staking contract may slash.
/// @dev Assumes that the registry is honest about committees and hub, and that no key signs Quorate's statements but through
/// a node, and through one node alone. No owner, no funds, no upgrade. One mark per member and configuration: the first
/// evidence counts, so that a configuration has at most n convictions and as many events.
/// Convicted can be members of every configuration that is or was in force, however long ago, and of revoked ones. A
/// configuration that was revoked before it came in force cannot be told from those; its nodes signed nothing.
interface IEquivocationCourt {
    /// @param member Position in the committee.
    /// @param first Struct hashes of the two statements, as given.
    event Equivocated(
        bytes32 indexed configDigest,
        address indexed signer,
        uint64 indexed sequence,
        Offence offence,
        uint256 member,
        bytes32 first,
        bytes32 second
    );

    /// The two say the same: signing one statement twice, even with other signature bytes, is no equivocation.
    error SameStatement(bytes32 structHash);
    /// Each committee has its own slots: a member of two may sign in both.
    error DifferentConfigurations(bytes32 first, bytes32 second);
    error DifferentSlots(uint64 first, uint64 second);
    /// The registry does not know the configuration, or has only staged it: its members sign nothing yet.
    error NotYetInForce(bytes32 configDigest, ConfigurationState state);
    /// The sequence's upper 16 bits must be the configuration's index.
    error WrongConfigurationIndex(uint16 given, uint16 expected);
    /// The signature of the statement with this struct hash recovers to nobody: malformed, or with a high s.
    error InvalidSignature(bytes32 structHash);
    /// The signatures recover to two accounts: at least one is over another statement, hub, chain, or of somebody else.
    error DifferentSigners(address first, address second);
    /// Both signatures recover to this account, which is no signer of the committee.
    error NotAMember(bytes32 configDigest, address signer);
    /// One mark is all there is.
    error AlreadyConvicted(bytes32 configDigest, address signer);

    /// @notice Convicts a leader that signed two proposals for one slot. Reverts with the reason where the evidence fails.
    /// @param sequence The slot of both: configuration index:16 | epoch:32 | round:16.
    /// @return member The convicted member's position in the committee.
    function convictOfProposals(
        bytes32 configDigest,
        uint64 sequence,
        SignedProposal calldata first,
        SignedProposal calldata second
    ) external returns (uint256 member);

    /// @notice Convicts a member that signed two reports for one slot. Reverts with the reason where the evidence fails.
    /// @return member The convicted member's position in the committee.
    function convictOfReports(
        SignedReport calldata first,
        SignedReport calldata second
    ) external returns (uint256 member);

    /// @notice The convicted members of a configuration: bit i stands for the member at position i.
    function convictions(bytes32 configDigest) external view returns (uint32 bitmap);

    /// @notice Whether this account is a convicted signer of the configuration; false for whoever is no member of it.
    function isConvicted(bytes32 configDigest, address signer) external view returns (bool);

    /// @notice Where committees and the hub, whose domain all statements are signed under, are looked up.
    function registry() external view returns (ICommitteeRegistry);
}
