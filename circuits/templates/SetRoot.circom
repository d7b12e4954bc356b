// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";

// Commitment to a committee's observation keys: s = n, then s <- Poseidon(s, x0, y0, x1, y1), two keys a call; where nMax
// is odd the last call ends with the padding key (0, 1). Twins: core/codec/set-root.ts, CommitteeRegistry.
//
// Proven: out commits to memberCount and to all nMax keys in order.
// Not proven: that memberCount is the number of keys that are not padding, or that a key is a curve point. Both hold for
// every root that the registry computed, and a root is a public input in effect (see PublicBinding).
template SetRoot(nMax) {
    var calls = (nMax + 1) \ 2;

    signal input memberCount;
    signal input keys[nMax][2];
    signal output out;

    component hash[calls];
    for (var c = 0; c < calls; c++) {
        hash[c] = Poseidon(5);
        if (c == 0) {
            hash[c].inputs[0] <== memberCount;
        } else {
            hash[c].inputs[0] <== hash[c - 1].out;
        }
        for (var side = 0; side < 2; side++) {
            var j = 2 * c + side;
            if (j < nMax) {
                hash[c].inputs[1 + 2 * side] <== keys[j][0];
                hash[c].inputs[2 + 2 * side] <== keys[j][1];
            } else {
                hash[c].inputs[1 + 2 * side] <== 0;
                hash[c].inputs[2 + 2 * side] <== 1;
            }
        }
    }
    out <== hash[calls - 1].out;
}
