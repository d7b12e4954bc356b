// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IFeedHub} from "../interfaces/IFeedHub.sol";
import {CommitteeData} from "./CommitteeData.sol";
import {PackedValues} from "./PackedValues.sol";

/// @title What a median proof says, recomputed from the chain's own data
/// @notice The statement is w = (ctx, setRoot, mask, tsMin, tsMax, observedAt, median of each lane), as field elements.
/// The circuit proves that C commits to w and that y = Σ wᵢ·xⁱ. The chain computes x and y from its own w: C fixes the prover's w
/// before x is known, so that another w passes with probability at most its degree over p. Three public inputs bind everything.
library MedianStatement {
    using PackedValues for bytes;

    /// Order of BN254's scalar field.
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    bytes32 private constant OBSERVATION_TAG = keccak256("quorate.observation.v1");
    bytes32 private constant MEDIAN_TAG = keccak256("quorate.median.v1");
    /// Words before w in the preimage of x: the tag and C.
    uint256 private constant PREFIX_WORDS = 2;
    /// Words of w before the medians.
    uint256 private constant HEADER_WORDS = 6;

    /// @notice The public signals (C, x, y) of a proof about this report, with x = keccak256(abi.encode(tag, C, w)) mod p.
    /// @dev `values` has the committee's length. Reverts for C ≥ p or observedAt < W.
    function publicSignals(
        uint64 sequence,
        uint32 observedAt,
        bytes calldata values,
        CommitteeData committee,
        uint256 commitment
    ) internal view returns (uint256[3] memory) {
        if (commitment >= FIELD) revert IFeedHub.CommitmentOutOfField(commitment);
        uint256[] memory preimage = words(sequence, observedAt, values, committee);
        preimage[0] = uint256(MEDIAN_TAG);
        preimage[1] = commitment;
        uint256 x;
        assembly ("memory-safe") {
            x := mod(keccak256(add(preimage, 0x20), shl(5, mload(preimage))), FIELD)
        }
        return [commitment, x, evaluate(preimage, x)];
    }

    /// @notice Two free words, then w: six header words and each lane's median, a negative m as p − |m|.
    function words(
        uint64 sequence,
        uint32 observedAt,
        bytes calldata values,
        CommitteeData committee
    ) internal view returns (uint256[] memory w) {
        uint16 window = committee.shape().window();
        if (observedAt < window) revert IFeedHub.ObservedBeforeWindow(observedAt, window);
        uint256 lanes = committee.shape().lanes();
        w = new uint256[](PREFIX_WORDS + HEADER_WORDS + lanes);
        w[2] = context(committee.configDigest(), sequence);
        w[3] = committee.setRoot();
        w[4] = values.maskOf(lanes);
        w[5] = observedAt - window;
        w[6] = uint256(observedAt) + window;
        w[7] = observedAt;
        unchecked {
            for (uint256 lane = 0; lane < lanes; ++lane) {
                w[PREFIX_WORDS + HEADER_WORDS + lane] = toField(values.valueAt(lane, lanes));
            }
        }
    }

    /// @notice What observations of one slot are signed under: 248 bits, known before the round begins.
    function context(bytes32 configDigest, uint64 sequence) internal view returns (uint256) {
        return
            uint256(keccak256(abi.encode(OBSERVATION_TAG, block.chainid, address(this), configDigest, sequence))) >> 8;
    }

    /// Σ wᵢ·xⁱ mod p by Horner's rule, over the words after the prefix.
    function evaluate(uint256[] memory preimage, uint256 x) private pure returns (uint256 y) {
        unchecked {
            for (uint256 i = preimage.length; i > PREFIX_WORDS; --i) {
                y = addmod(mulmod(y, x, FIELD), preimage[i - 1], FIELD);
            }
        }
    }

    function toField(int96 value) private pure returns (uint256) {
        unchecked {
            return value < 0 ? FIELD - uint256(-int256(value)) : uint256(int256(value));
        }
    }
}
