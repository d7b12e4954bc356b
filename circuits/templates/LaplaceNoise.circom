// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";
include "./Range.circom";

// Noise for a sum of samples of `bits` bits: step * 2^bits + filling - 2^(bits-1), with a step from -steps to steps whose
// distribution the table gives (a discrete Laplace one: core/aggregate/noise-table.ts), and a uniform filling of `bits` bits.
// The table is starts[0..steps+1]: the top 48 bits of `random` being in [starts[m], starts[m+1]) make a step of m or -m.
// Of the 206 bits below them the lowest `bits` are the filling, and the next is the sign. Twin: core/aggregate/noise.ts.
//
// Proven: that, of the one canonical reading of `random`. For random = high * 2^206 + low with low < 2^206 and
// high < starts[steps+1] <= floor(p / 2^206) has both sides below p: no other integer stands for the same element.
// Not proven: that `random` is random. For one that is at least starts[steps+1] * 2^206 there is no witness; one in 2^48.6 is.
// The caller ensures: starts[0] = 0, they ascend, none of their differences is above 2^48, the last is floor(p / 2^206) or
// less; bits <= 205.
template LaplaceNoise(bits, steps, starts) {
    var lowBits = 206;

    signal input random;
    signal output out;

    signal high;
    signal low;
    high <-- random >> lowBits;
    low <-- random & ((1 << lowBits) - 1);
    random === high * (1 << lowBits) + low;
    component digits = Num2Bits(lowBits);
    digits.in <== low;

    // The one interval that holds `high`.
    signal chosen[steps + 1];
    var count = 0;
    var start = 0;
    var end = 0;
    var distance = 0;
    for (var m = 0; m <= steps; m++) {
        chosen[m] <-- starts[m] <= high && high < starts[m + 1] ? 1 : 0;
        chosen[m] * (chosen[m] - 1) === 0;
        count += chosen[m];
        start += chosen[m] * starts[m];
        end += chosen[m] * starts[m + 1];
        distance += chosen[m] * m;
    }
    count === 1;
    component notBefore = Range(48);
    notBefore.in <== high - start;
    component notAfter = Range(48);
    notAfter.in <== end - 1 - high;

    signal step;
    step <== (1 - 2 * digits.out[bits]) * distance;
    var filling = 0;
    for (var i = 0; i < bits; i++) {
        filling += digits.out[i] * (1 << i);
    }
    out <== step * (1 << bits) + filling - (1 << (bits - 1));
}
