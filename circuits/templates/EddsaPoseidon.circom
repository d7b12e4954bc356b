// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/escalarmulfix.circom";
include "circomlib/circuits/poseidon.circom";
include "./ChallengeScalar.circom";
include "./SignedMultiple.circom";

// An EdDSA signature over BabyJubJub, as circomlib's EdDSAPoseidonVerifier means it:
// s * Base8 = R8 + h * 8 * key with h = Poseidon(R8, key, message). Twin: core/crypto/eddsa-poseidon.ts.
//
// Proven: that, with h read as one integer, and that R8 is on the curve; 8 * key is not the identity, so no key of small order
// has a signature, nor has the padding (0, 1).
// Not proven: s < l (s and s + l may both pass below 2^251: nobody takes a signature for an identity); that the key has no
// part of small order (multiplied by 8, it is gone: key and key + such a point verify alike).
// The caller ensures: the key is on the curve (the registry proved it before the key entered a set root).
//
// For s, circomlib's fixed-base multiplication is used as it is. For the lower 249 bits it adds windows of 1 to 2^249 times Base8 to
// 2^250 up to 2^250 + 2^247 times it: their difference is above 0 and below l, so no slope is free; where their sum is l, which one
// value of these bits brings about, there is no witness. For the others it adds 1 to 8 times their base to 16 times it.
template EddsaPoseidon() {
    var length = 251;
    var BASE8[2] = [
        5299619240641551281634865583518297030282874472190772894086521144482721001553,
        16950150798460657717958625567821834550301663161624707787222815936182638968203
    ];

    signal input key[2];
    signal input r8[2];
    signal input s;
    signal input message;

    component nonceOnCurve = BabyCheck();
    nonceOnCurve.x <== r8[0];
    nonceOnCurve.y <== r8[1];

    component challenge = Poseidon(5);
    challenge.inputs[0] <== r8[0];
    challenge.inputs[1] <== r8[1];
    challenge.inputs[2] <== key[0];
    challenge.inputs[3] <== key[1];
    challenge.inputs[4] <== message;
    component scalar = ChallengeScalar();
    scalar.challenge <== challenge.out;

    // Edwards addition is complete here: these three have one outcome each.
    component double = BabyDbl();
    double.x <== key[0];
    double.y <== key[1];
    component quadruple = BabyDbl();
    quadruple.x <== double.xout;
    quadruple.y <== double.yout;
    component octuple = BabyDbl();
    octuple.x <== quadruple.xout;
    octuple.y <== quadruple.yout;

    component multiple = SignedMultiple();
    multiple.bits <== scalar.bits;
    multiple.point[0] <== octuple.xout;
    multiple.point[1] <== octuple.yout;

    component right = BabyAdd();
    right.x1 <== r8[0];
    right.y1 <== r8[1];
    right.x2 <== multiple.out[0];
    right.y2 <== multiple.out[1];

    component sBits = Num2Bits(length);
    sBits.in <== s;
    component left = EscalarMulFix(length, BASE8);
    left.e <== sBits.out;
    left.out[0] === right.xout;
    left.out[1] === right.yout;
}
