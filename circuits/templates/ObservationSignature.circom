// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";
include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/eddsaposeidon.circom";
include "./PoseidonChain.circom";

// One member's signature under one observation: EdDSA over Poseidon(ctx, valuesCommitment, timestamp), where
// valuesCommitment is the chain with tag 1 over (mask, v...). Twins: core/codec/observation-digest.ts and
// core/crypto/eddsa-poseidon.ts.
//
// Proven: S < l, R8 is on the curve (circomlib's verifier leaves that out), and S * Base8 = R8 + H(R8, A, m) * 8 * A.
// Not proven: that the key is on the curve and in the prime subgroup (the registry proved it before it entered the set
// root), nor any range of mask, values or timestamp.
// The caller ensures: key is a registered key, hence on the curve, of order l.
template ObservationSignature(lanes) {
    signal input key[2];
    signal input context;
    signal input mask;
    signal input values[lanes];
    signal input timestamp;
    signal input r8[2];
    signal input s;

    component commitment = PoseidonChain(lanes + 1, 1);
    commitment.in[0] <== mask;
    for (var q = 0; q < lanes; q++) {
        commitment.in[1 + q] <== values[q];
    }

    component message = Poseidon(3);
    message.inputs[0] <== context;
    message.inputs[1] <== commitment.out;
    message.inputs[2] <== timestamp;

    component onCurve = BabyCheck();
    onCurve.x <== r8[0];
    onCurve.y <== r8[1];

    component verifier = EdDSAPoseidonVerifier();
    verifier.enabled <== 1;
    verifier.Ax <== key[0];
    verifier.Ay <== key[1];
    verifier.R8x <== r8[0];
    verifier.R8y <== r8[1];
    verifier.S <== s;
    verifier.M <== message.out;
}
