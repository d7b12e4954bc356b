// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";
include "./EddsaPoseidon.circom";
include "./ValuesCommitment.circom";

// One member's signature under one observation: EdDSA over Poseidon(context, valuesCommitment, timestamp).
// Twins: core/codec/observation-digest.ts and core/crypto/eddsa-poseidon.ts.
//
// Proven: the key's owner signed this context, mask, values and timestamp (see EddsaPoseidon).
// Not proven: any range of mask, values or timestamp.
// The caller ensures: whose key it is, and that it is on the curve.
template ObservationSignature(lanes) {
    signal input key[2];
    signal input context;
    signal input mask;
    signal input values[lanes];
    signal input timestamp;
    signal input r8[2];
    signal input s;

    component commitment = ValuesCommitment(lanes);
    commitment.mask <== mask;
    commitment.values <== values;

    component message = Poseidon(3);
    message.inputs[0] <== context;
    message.inputs[1] <== commitment.out;
    message.inputs[2] <== timestamp;

    component signature = EddsaPoseidon();
    signature.key <== key;
    signature.r8 <== r8;
    signature.s <== s;
    signature.message <== message.out;
}
