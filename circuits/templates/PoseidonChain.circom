// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";

// Commitment to a list of m field elements: state = tag * 2^32 + m, then state <- Poseidon(state, next 15 elements);
// the last call takes what is left. Twin: core/codec/poseidon-chain.ts.
//
// Proven: out is the chain over in[0..m-1] under this tag. Lists of different length or tag start from different states.
// Not proven: anything about the elements; they may be any field element.
// The caller ensures: m >= 1, 1 <= tag < 2^32.
template PoseidonChain(m, tag) {
    var perCall = 15;
    var calls = (m + perCall - 1) \ perCall;

    signal input in[m];
    signal output out;

    component hash[calls];
    for (var c = 0; c < calls; c++) {
        var count = c == calls - 1 ? m - c * perCall : perCall;
        hash[c] = Poseidon(count + 1);
        if (c == 0) {
            hash[c].inputs[0] <== tag * (1 << 32) + m;
        } else {
            hash[c].inputs[0] <== hash[c - 1].out;
        }
        for (var i = 0; i < count; i++) {
            hash[c].inputs[i + 1] <== in[c * perCall + i];
        }
    }
    out <== hash[calls - 1].out;
}
