// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/montgomery.circom";
include "./DoubleAndAdd.circom";

// out = (2^251 + 1 + 2e) * point for e = sum of bits[i] * 2^i, on BabyJubJub in its Edwards form: each bit adds or
// subtracts the point, so that no step depends on a choice between adding and not adding.
//
// Why each step has one outcome or none. The accumulator after i steps is m_i * point with m_0 = 2 and m_i = 2 m_{i-1} ± 1,
// hence an odd integer between 2^i + 1 and 3 * 2^i - 1 (for i >= 1). A slope would be free only in a step that begins with
// accumulator = ±point, so m_i = ±1 mod l, for an i <= 250. m_0 = 2 is none, since l > 3. As l is odd, an odd m_i could only be
// an even multiple of l, ± 1: none is below 3 * 2^250 + 1 < 2l but 0, and m_i >= 2. Where an addition meets infinity
// (m_i = 0 mod l: only m_250 = l and m_251 = 3l) no slope fits: for these three of the 2^251 values of e there is no witness.
//
// Proven: that, where point has order l.
// Not proven: anything of a point of another order, except that there is no witness for the identity.
// The caller ensures: bits are 0 or 1; point is on the curve and a multiple of 8, hence of order l or the identity.
template SignedMultiple() {
    var length = 251;

    signal input bits[length];
    signal input point[2];
    signal output out[2];

    // (1 + y) / (1 - y), so nothing fits the identity, y = 1.
    component montgomery = Edwards2Montgomery();
    montgomery.in <== point;

    component double = MontgomeryDouble();
    double.in <== montgomery.out;

    component step[length];
    for (var i = 0; i < length; i++) {
        step[i] = DoubleAndAdd();
        step[i].point <== montgomery.out;
        step[i].bit <== bits[length - 1 - i];
        if (i == 0) {
            step[i].accumulator <== double.out;
        } else {
            step[i].accumulator <== step[i - 1].out;
        }
    }

    component edwards = Montgomery2Edwards();
    edwards.in <== step[length - 1].out;
    out <== edwards.out;
}
