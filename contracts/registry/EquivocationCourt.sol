// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {CommitteeData, CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {SignedStatement} from "../libraries/SignedStatement.sol";
import {Committee, ConfigurationState, ICommitteeRegistry, Statement} from "../interfaces/ICommitteeRegistry.sol";
import {IEquivocationCourt, Offence, SignedProposal, SignedReport} from "../interfaces/IEquivocationCourt.sol";
import {Report} from "../interfaces/IReportHub.sol";

/// @title Court of equivocation
/// @notice See `IEquivocationCourt`. The only calls are views of the registry.
contract EquivocationCourt is IEquivocationCourt {
    using SignedStatement for Report;

    /// What one of the two sides comes down to.
    struct Side {
        bytes32 structHash;
        bytes32 r;
        bytes32 vs;
    }

    /// Both sides of a case, and the slot that they share.
    struct Case {
        Offence offence;
        bytes32 configDigest;
        uint64 sequence;
        Side first;
        Side second;
    }

    /// No position: a committee has at most 31 members.
    uint256 private constant NOBODY = type(uint256).max;

    /// @inheritdoc IEquivocationCourt
    ICommitteeRegistry public immutable override registry;
    /// @inheritdoc IEquivocationCourt
    mapping(bytes32 configDigest => uint32) public override convictions;

    constructor(ICommitteeRegistry registry_) {
        registry = registry_;
    }

    /// @inheritdoc IEquivocationCourt
    function convictOfProposals(
        bytes32 configDigest,
        uint64 sequence,
        SignedProposal calldata first,
        SignedProposal calldata second
    ) external returns (uint256 member) {
        return
            _convict(
                Case({
                    offence: Offence.Proposals,
                    configDigest: configDigest,
                    sequence: sequence,
                    first: _sideOf(configDigest, sequence, first),
                    second: _sideOf(configDigest, sequence, second)
                })
            );
    }

    /// @inheritdoc IEquivocationCourt
    function convictOfReports(
        SignedReport calldata first,
        SignedReport calldata second
    ) external returns (uint256 member) {
        (Report calldata a, Report calldata b) = (first.report, second.report);
        if (a.configDigest != b.configDigest) revert DifferentConfigurations(a.configDigest, b.configDigest);
        if (a.sequence != b.sequence) revert DifferentSlots(a.sequence, b.sequence);
        return
            _convict(
                Case({
                    offence: Offence.Reports,
                    configDigest: a.configDigest,
                    sequence: a.sequence,
                    first: Side(a.hash(), first.r, first.vs),
                    second: Side(b.hash(), second.r, second.vs)
                })
            );
    }

    /// @inheritdoc IEquivocationCourt
    function isConvicted(bytes32 configDigest, address signer) external view returns (bool) {
        uint256 bitmap = convictions[configDigest];
        if (bitmap == 0) return false;
        uint256 member = _positionOf(signer, registry.committee(configDigest));
        return member != NOBODY && (bitmap >> member) & 1 == 1;
    }

    function _convict(Case memory case_) private returns (uint256 member) {
        bytes32 configDigest = case_.configDigest;
        Committee memory committee = _checkSlot(configDigest, case_.sequence);
        address signer = _signerOfBoth(case_.first, case_.second);
        member = _positionOf(signer, committee);
        if (member == NOBODY) revert NotAMember(configDigest, signer);
        uint32 bitmap = convictions[configDigest];
        uint32 mark = uint32(1 << member);
        if (bitmap & mark != 0) revert AlreadyConvicted(configDigest, signer);

        convictions[configDigest] = bitmap | mark;
        emit Equivocated(
            configDigest,
            signer,
            case_.sequence,
            case_.offence,
            member,
            case_.first.structHash,
            case_.second.structHash
        );
    }

    function _checkSlot(bytes32 configDigest, uint64 sequence) private view returns (Committee memory committee) {
        Statement memory statement = registry.statement(configDigest);
        if (statement.state == ConfigurationState.Unknown || statement.state == ConfigurationState.Staged) {
            revert NotYetInForce(configDigest, statement.state);
        }
        committee = statement.committee;
        uint16 index = uint16(sequence >> 48);
        if (index != committee.index) revert WrongConfigurationIndex(index, committee.index);
    }

    function _signerOfBoth(Side memory first, Side memory second) private view returns (address signer) {
        if (first.structHash == second.structHash) revert SameStatement(first.structHash);
        bytes32 domainSeparator = SignedStatement.domainSeparator(address(registry.hub()));
        signer = _recover(domainSeparator, first);
        address other = _recover(domainSeparator, second);
        if (signer != other) revert DifferentSigners(signer, other);
    }

    function _recover(bytes32 domainSeparator, Side memory side) private pure returns (address signer) {
        bytes32 digest = MessageHashUtils.toTypedDataHash(domainSeparator, side.structHash);
        ECDSA.RecoverError failure;
        (signer, failure, ) = ECDSA.tryRecover(digest, side.r, side.vs);
        if (failure != ECDSA.RecoverError.NoError) revert InvalidSignature(side.structHash);
    }

    function _positionOf(address signer, Committee memory committee) private view returns (uint256) {
        CommitteeData data = CommitteeDataAccess.loadAll(committee.data);
        for (uint256 member = 0; member < data.shape().n(); ++member) {
            if (data.signerAt(member) == signer) return member;
        }
        return NOBODY;
    }

    function _sideOf(
        bytes32 configDigest,
        uint64 sequence,
        SignedProposal calldata proposal
    ) private pure returns (Side memory) {
        bytes32 structHash = SignedStatement.hashProposal(configDigest, sequence, proposal.observationsHash);
        return Side(structHash, proposal.r, proposal.vs);
    }
}
