// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "./PoseidonChain.circom";

// What a member's signature says of its values: the chain with tag 1 over (mask, v...).
// Twin: valuesCommitment in core/codec/observation-digest.ts.
//
// Proven: out commits to the mask and to all lanes' values, in order.
// Not proven: any range of either; that values of unset bits are 0.
// The caller ensures: nothing.
template ValuesCommitment(lanes) {
    signal input mask;
    signal input values[lanes];
    signal output out;

    component chain = PoseidonChain(lanes + 1, 1);
    chain.in[0] <== mask;
    for (var q = 0; q < lanes; q++) {
        chain.in[1 + q] <== values[q];
    }
    out <== chain.out;
}
