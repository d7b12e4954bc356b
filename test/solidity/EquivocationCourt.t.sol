// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEquivocationCourt, SignedProposal, SignedReport} from "../../contracts/interfaces/IEquivocationCourt.sol";
import {
    Committee,
    ConfigurationState,
    ICommitteeRegistry,
    Statement
} from "../../contracts/interfaces/ICommitteeRegistry.sol";
import {Report} from "../../contracts/interfaces/IReportHub.sol";
import {IMedianVerifier} from "../../contracts/interfaces/IMedianVerifier.sol";
import {CodeStore} from "../../contracts/libraries/CodeStore.sol";
import {EquivocationCourt} from "../../contracts/registry/EquivocationCourt.sol";
import {CommitteeBytes} from "./CommitteeBytes.sol";
import {vm} from "./Vm.sol";

/// @notice Answers the court's three questions with what the test tells it.
contract StubRegistry {
    address public immutable hub;
    mapping(bytes32 configDigest => Statement) private _statements;

    constructor(address hub_) {
        hub = hub_;
    }

    function enter(bytes32 configDigest, bytes memory signers, uint16 index, ConfigurationState state) external {
        Committee memory entered;
        entered.data = CodeStore.write(CommitteeBytes.ofSigners(signers, index, 2));
        entered.n = uint8(signers.length / 20);
        entered.index = index;
        _statements[configDigest] = Statement(entered, state, IMedianVerifier(address(0)), 0);
    }

    function committee(bytes32 configDigest) external view returns (Committee memory) {
        return _statements[configDigest].committee;
    }

    function statement(bytes32 configDigest) external view returns (Statement memory) {
        return _statements[configDigest];
    }
}

/// @notice Whoever did not sign two different statements for one slot under the committee's own domain goes free.
/// Statements are hashed here by hand, so that the court's own hashing is tested too.
contract EquivocationCourtTest {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant MEMBERS = 7;
    uint16 private constant INDEX = 5;
    bytes32 private constant CONFIG = keccak256("configuration");
    address private constant HUB = address(0x4b1d);
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant PROPOSAL_TYPE = keccak256(
        "Proposal(bytes32 configDigest,uint64 sequence,bytes32 observationsHash)"
    );
    bytes32 private constant REPORT_TYPE = keccak256(
        "Report(bytes32 configDigest,uint64 sequence,uint32 observedAt,bytes32 feedsRoot,bytes32 valuesHash)"
    );

    StubRegistry private immutable registry;
    EquivocationCourt private immutable court;

    /// What differs between an honest and a dishonest scene.
    struct Scene {
        uint8 member;
        uint48 slot;
        bytes32 first;
        bytes32 second;
    }

    constructor() {
        registry = new StubRegistry(HUB);
        court = new EquivocationCourt(ICommitteeRegistry(address(registry)));
        bytes memory signers;
        for (uint256 member = 0; member < MEMBERS; ++member) {
            signers = abi.encodePacked(signers, vm.addr(keyOf(member)));
        }
        registry.enter(CONFIG, signers, INDEX, ConfigurationState.Active);
    }

    function testFuzz_convictsExactlyTheMemberThatSignedTwoProposals(Scene memory scene) external {
        vm.assume(scene.first != scene.second);
        (uint256 member, uint64 sequence) = placeOf(scene);
        uint256 convicted = convictOfProposals(
            sequence,
            signed(member, sequence, scene.first),
            signed(member, sequence, scene.second)
        );
        require(convicted == member, "another member");
        requireMarked(member);
    }

    function testFuzz_convictsExactlyTheMemberThatSignedTwoReports(
        Scene memory scene,
        uint32 observedAt,
        bytes32 valuesHash
    ) external {
        vm.assume(scene.first != scene.second);
        (uint256 member, uint64 sequence) = placeOf(scene);
        Report memory first = Report(CONFIG, sequence, observedAt, scene.first, valuesHash);
        Report memory second = Report(CONFIG, sequence, observedAt, scene.second, valuesHash);
        uint256 convicted = court.convictOfReports(signed(member, first), signed(member, second));
        require(convicted == member, "another member");
        requireMarked(member);
    }

    function testFuzz_oneStatementIsNoEquivocation(Scene memory scene) external {
        (uint256 member, uint64 sequence) = placeOf(scene);
        SignedProposal memory once = signed(member, sequence, scene.first);
        mustAcquit(sequence, once, once);
        mustAcquit(sequence, once, twinOf(once));
        mustAcquit(sequence, twinOf(once), once);
    }

    /// A signer with its own nonces can make many signatures of one statement: nothing but the statement counts.
    function testFuzz_oneStatementWithOtherBytesIsNoEquivocation(Scene memory scene, bytes32 r, bytes32 vs) external {
        (uint256 member, uint64 sequence) = placeOf(scene);
        SignedProposal memory once = signed(member, sequence, scene.first);
        mustAcquit(sequence, once, SignedProposal(scene.first, r, vs));
    }

    function testFuzz_statementsOfTwoSlotsAreNoEquivocation(Scene memory scene, uint48 other) external {
        vm.assume(other != scene.slot);
        (uint256 member, uint64 sequence) = placeOf(scene);
        uint64 elsewhere = sequenceOf(other);
        mustAcquit(sequence, signed(member, sequence, scene.first), signed(member, elsewhere, scene.second));
        mustAcquit(elsewhere, signed(member, sequence, scene.first), signed(member, elsewhere, scene.second));
    }

    function testFuzz_statementsOfTwoMembersAreNoEquivocation(Scene memory scene, uint8 other) external {
        (uint256 member, uint64 sequence) = placeOf(scene);
        vm.assume(other % MEMBERS != member && scene.first != scene.second);
        mustAcquit(sequence, signed(member, sequence, scene.first), signed(other % MEMBERS, sequence, scene.second));
    }

    function testFuzz_strangersGoFree(Scene memory scene, uint120 key) external {
        vm.assume(scene.first != scene.second && key >= 64);
        (, uint64 sequence) = placeOf(scene);
        mustAcquit(
            sequence,
            signedBy(key, digestOf(sequence, scene.first, HUB, block.chainid), scene.first),
            signedBy(key, digestOf(sequence, scene.second, HUB, block.chainid), scene.second)
        );
    }

    function testFuzz_whatWasSignedForAnotherHubOrChainIsWorthNothing(
        Scene memory scene,
        address hub,
        uint64 chain
    ) external {
        vm.assume(scene.first != scene.second && (hub != HUB || chain != block.chainid));
        (uint256 member, uint64 sequence) = placeOf(scene);
        mustAcquit(
            sequence,
            signedBy(keyOf(member), digestOf(sequence, scene.first, hub, chain), scene.first),
            signedBy(keyOf(member), digestOf(sequence, scene.second, hub, chain), scene.second)
        );
    }

    /// After a fork that changes its id the court judges what was signed for the new chain, and that alone.
    function testFuzz_aForkHasItsOwnDomain(Scene memory scene, uint32 fork) external {
        vm.assume(scene.first != scene.second && fork != block.chainid && fork != 0);
        (uint256 member, uint64 sequence) = placeOf(scene);
        SignedProposal memory first = signed(member, sequence, scene.first);
        SignedProposal memory second = signed(member, sequence, scene.second);
        vm.chainId(fork);
        mustAcquit(sequence, first, second);
        first = signedBy(keyOf(member), digestOf(sequence, scene.first, HUB, fork), scene.first);
        second = signedBy(keyOf(member), digestOf(sequence, scene.second, HUB, fork), scene.second);
        require(convictOfProposals(sequence, first, second) == member, "another member");
    }

    function testFuzz_proposalsAreNoReports(Scene memory scene, Report memory report) external {
        (uint256 member, uint64 sequence) = placeOf(scene);
        (report.configDigest, report.sequence) = (CONFIG, sequence);
        SignedProposal memory proposal = signed(member, sequence, scene.first);
        SignedReport memory borrowed = SignedReport(report, proposal.r, proposal.vs);
        Report memory other = Report(CONFIG, sequence, report.observedAt ^ 1, report.feedsRoot, report.valuesHash);
        try court.convictOfReports(borrowed, signed(member, other)) {
            revert("convicted");
        } catch (bytes memory reason) {
            requireReason(reason);
        }
    }

    function testFuzz_oneFlippedBitAcquits(Scene memory scene, uint16 position) external {
        vm.assume(scene.first != scene.second);
        (uint256 member, uint64 sequence) = placeOf(scene);
        bytes memory call = abi.encodeCall(
            IEquivocationCourt.convictOfProposals,
            (CONFIG, sequence, signed(member, sequence, scene.first), signed(member, sequence, scene.second))
        );
        uint256 bit = 32 + (position % (8 * call.length - 32));
        call[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        (bool convicted, ) = address(court).call(call);
        require(!convicted, "convicted");
        require(court.convictions(CONFIG) == 0, "marked");
    }

    function testFuzz_anotherIndexOrAnUnknownConfigurationAcquits(Scene memory scene, uint16 index) external {
        vm.assume(scene.first != scene.second && index != INDEX);
        uint256 member = scene.member % MEMBERS;
        uint64 sequence = (uint64(index) << 48) | scene.slot;
        mustAcquit(sequence, signed(member, sequence, scene.first), signed(member, sequence, scene.second));
    }

    function keyOf(uint256 member) private pure returns (uint256) {
        return 1 + member;
    }

    function placeOf(Scene memory scene) private pure returns (uint256 member, uint64 sequence) {
        return (scene.member % MEMBERS, sequenceOf(scene.slot));
    }

    function sequenceOf(uint48 slot) private pure returns (uint64) {
        return (uint64(INDEX) << 48) | slot;
    }

    function signed(
        uint256 member,
        uint64 sequence,
        bytes32 observationsHash
    ) private view returns (SignedProposal memory) {
        return signedBy(keyOf(member), digestOf(sequence, observationsHash, HUB, block.chainid), observationsHash);
    }

    function signed(uint256 member, Report memory report) private view returns (SignedReport memory) {
        bytes32 structHash = keccak256(
            abi.encode(
                REPORT_TYPE,
                report.configDigest,
                report.sequence,
                report.observedAt,
                report.feedsRoot,
                report.valuesHash
            )
        );
        (bytes32 r, bytes32 vs) = sign(keyOf(member), typed(structHash, HUB, block.chainid));
        return SignedReport(report, r, vs);
    }

    function signedBy(
        uint256 key,
        bytes32 digest,
        bytes32 observationsHash
    ) private pure returns (SignedProposal memory) {
        (bytes32 r, bytes32 vs) = sign(key, digest);
        return SignedProposal(observationsHash, r, vs);
    }

    function sign(uint256 key, bytes32 digest) private pure returns (bytes32 r, bytes32 vs) {
        uint8 v;
        bytes32 s;
        (v, r, s) = vm.sign(key, digest);
        vs = bytes32((uint256(v - 27) << 255) | uint256(s));
    }

    function digestOf(
        uint64 sequence,
        bytes32 observationsHash,
        address hub,
        uint256 chain
    ) private pure returns (bytes32) {
        return typed(keccak256(abi.encode(PROPOSAL_TYPE, CONFIG, sequence, observationsHash)), hub, chain);
    }

    function typed(bytes32 structHash, address hub, uint256 chain) private pure returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPE, keccak256("Quorate"), keccak256("1"), chain, hub));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// n − s with the other parity, as far as 255 bits hold it.
    function twinOf(SignedProposal memory proposal) private pure returns (SignedProposal memory) {
        uint256 vs = uint256(proposal.vs);
        uint256 twin = ORDER - ((vs << 1) >> 1);
        uint256 parity = 1 - (vs >> 255);
        return SignedProposal(proposal.observationsHash, proposal.r, bytes32((parity << 255) | ((twin << 1) >> 1)));
    }

    function convictOfProposals(
        uint64 sequence,
        SignedProposal memory first,
        SignedProposal memory second
    ) private returns (uint256) {
        return court.convictOfProposals(CONFIG, sequence, first, second);
    }

    function mustAcquit(uint64 sequence, SignedProposal memory first, SignedProposal memory second) private {
        try court.convictOfProposals(CONFIG, sequence, first, second) {
            revert("convicted");
        } catch (bytes memory reason) {
            requireReason(reason);
        }
        require(court.convictions(CONFIG) == 0, "marked");
    }

    function requireMarked(uint256 member) private view {
        require(court.convictions(CONFIG) == 1 << member, "another mark");
        for (uint256 other = 0; other < MEMBERS; ++other) {
            require(court.isConvicted(CONFIG, vm.addr(keyOf(other))) == (other == member), "another answer");
        }
    }

    function requireReason(bytes memory reason) private pure {
        require(reason.length >= 4 && bytes4(reason) != 0x4e487b71, "a panic, or no reason");
    }
}
