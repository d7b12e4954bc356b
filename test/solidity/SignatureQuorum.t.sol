// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SignatureQuorum} from "../../contracts/libraries/SignatureQuorum.sol";
import {CommitteeBytes} from "./CommitteeBytes.sol";
import {vm} from "./Vm.sol";

contract SignatureQuorumTest {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    /// Fuzzed choices of a committee's signers.
    struct Choice {
        uint256 seed;
        uint8 n;
        uint32 bitmap;
        bytes32 digest;
    }

    function testFuzz_takesAnyQuorumOfMembers(Choice memory choice) external view {
        (uint256 n, uint256 bitmap) = bounded(choice);
        this.check(
            signaturesOf(choice.seed, bitmap, choice.digest),
            choice.digest,
            committeeOf(choice.seed, n, bits(bitmap))
        );
    }

    function testFuzz_refusesAnotherDigest(Choice memory choice, bytes32 other) external view {
        vm.assume(other != choice.digest);
        (uint256 n, uint256 bitmap) = bounded(choice);
        bytes memory signatures = signaturesOf(choice.seed, bitmap, choice.digest);
        mustRevert(signatures, other, committeeOf(choice.seed, n, bits(bitmap)));
    }

    function testFuzz_refusesOneFlippedBit(Choice memory choice, uint16 position) external view {
        (uint256 n, uint256 bitmap) = bounded(choice);
        bytes memory signatures = signaturesOf(choice.seed, bitmap, choice.digest);
        uint256 bit = position % (signatures.length * 8);
        signatures[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        mustRevert(signatures, choice.digest, committeeOf(choice.seed, n, bits(bitmap)));
    }

    function testFuzz_refusesAnotherLength(Choice memory choice, uint16 given) external view {
        (uint256 n, uint256 bitmap) = bounded(choice);
        bytes memory signatures = signaturesOf(choice.seed, bitmap, choice.digest);
        uint256 length = given % 2048;
        vm.assume(length != signatures.length);
        bytes memory resized = new bytes(length);
        for (uint256 i = 0; i < length && i < signatures.length; ++i) resized[i] = signatures[i];
        mustRevert(resized, choice.digest, committeeOf(choice.seed, n, bits(bitmap)));
    }

    function testFuzz_refusesAnotherQuorum(Choice memory choice, uint8 quorum) external view {
        (uint256 n, uint256 bitmap) = bounded(choice);
        vm.assume(quorum != 0 && quorum != bits(bitmap));
        bytes memory signatures = signaturesOf(choice.seed, bitmap, choice.digest);
        mustRevert(signatures, choice.digest, committeeOf(choice.seed, n, quorum));
    }

    function testFuzz_refusesAnotherCommittee(Choice memory choice, uint256 otherSeed) external view {
        vm.assume(otherSeed % 2 ** 64 != choice.seed % 2 ** 64);
        (uint256 n, uint256 bitmap) = bounded(choice);
        bytes memory signatures = signaturesOf(choice.seed, bitmap, choice.digest);
        mustRevert(signatures, choice.digest, committeeOf(otherSeed, n, bits(bitmap)));
    }

    /// The malleated twin (n − s, other parity) is refused: its s has no room in 255 bits, or is above half the order.
    function testFuzz_refusesTheMalleatedTwin(uint256 seed, bytes32 digest) external view {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(seed, 0), digest);
        uint256 twin = ORDER - uint256(s);
        bytes memory signatures = abi.encodePacked(
            uint32(1),
            r,
            bytes32((uint256(28 - v) << 255) | ((twin << 1) >> 1))
        );
        mustRevert(signatures, digest, committeeOf(seed, 1, 1));
    }

    /// A high s that fits 255 bits is as rare as a broken key, but the precompile would take it: r is the generator's x.
    function testFuzz_refusesAHighSThatFits(uint120 above, bytes32 digest) external view {
        bytes32 r = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;
        bytes32 s = bytes32(ORDER / 2 + 1 + above);
        address signer = ecrecover(digest, 27, r, s);
        vm.assume(signer != address(0));
        mustRevert(abi.encodePacked(uint32(1), r, s), digest, CommitteeBytes.ofSigners(abi.encodePacked(signer), 1, 0));
        bytes memory low = abi.encodePacked(uint32(1), r, (1 << 255) | (ORDER - uint256(s)));
        this.check(low, digest, CommitteeBytes.ofSigners(abi.encodePacked(signer), 1, 0));
    }

    /// The library takes calldata: an external call makes some.
    function check(bytes calldata signatures, bytes32 digest, bytes memory committee) external view {
        SignatureQuorum.check(signatures, digest, CommitteeBytes.inMemory(committee));
    }

    function mustRevert(bytes memory signatures, bytes32 digest, bytes memory committee) private view {
        try this.check(signatures, digest, committee) {
            revert("accepted");
        } catch (bytes memory reason) {
            require(reason.length >= 4 && bytes4(reason) != 0x4e487b71, "a panic, or no reason");
        }
    }

    function bounded(Choice memory choice) private pure returns (uint256 n, uint256 bitmap) {
        n = 1 + (choice.n % 31);
        bitmap = choice.bitmap % 2 ** n;
        if (bitmap == 0) bitmap = 1;
    }

    function keyOf(uint256 seed, uint256 member) private pure returns (uint256) {
        return 1 + (seed % 2 ** 64) * 64 + member;
    }

    function committeeOf(uint256 seed, uint256 n, uint256 quorum) private pure returns (bytes memory) {
        bytes memory signers;
        for (uint256 i = 0; i < n; ++i) signers = bytes.concat(signers, bytes20(vm.addr(keyOf(seed, i))));
        return CommitteeBytes.ofSigners(signers, 1, uint8(quorum - 1));
    }

    function signaturesOf(uint256 seed, uint256 bitmap, bytes32 digest) private pure returns (bytes memory signatures) {
        signatures = abi.encodePacked(uint32(bitmap));
        for (uint256 i = 0; bitmap >> i != 0; ++i) {
            if ((bitmap >> i) & 1 == 0) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(seed, i), digest);
            signatures = abi.encodePacked(signatures, r, bytes32((uint256(v - 27) << 255) | uint256(s)));
        }
    }

    function bits(uint256 bitmap) private pure returns (uint256 count) {
        for (; bitmap != 0; bitmap >>= 1) count += bitmap & 1;
    }
}
