// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "./Range.circom";

// The median of k = 2f + 1 signed numbers by naming it: one slot (the pivot) holds m; of the other 2f, exactly f are at
// least m and f are at most m. Order-free, and cheaper than counting. Hints: core/proof/pivot-hints.ts.
//
// swap[i - 1] = 1 exchanges slots i and 0, so that the pivot is in slot 0; none set means that slot 0 is the pivot.
// high[i - 1] = 1 puts slot i (after the exchange) on the upper side.
//
// Why it is sound, for present = 1: each swap bit is 0 or 1 and at most one is set, so m is one of the values and the
// other slots hold the remaining 2f. Each side bit is 0 or 1, so the range check says 0 <= v - m < 2^bits on the upper
// side and 0 <= m - v < 2^bits on the lower one, as field differences. Read every v as the integer m + (v - m): with f of
// them >= m and f of them <= m, m is the median of the 2f + 1 integers, whichever hints were chosen. Where v and m are
// both in the signed (bits)-bit range, that integer is v itself, since two such readings differ by less than p.
// For present = 0: all swap and side bits are 0, so every difference is 0, the lane is unconstrained, and m = 0.
//
// Not proven: that v lies in the signed (bits)-bit range, only that |v - m| < 2^bits.
// The caller ensures: present is 0 or 1, k is odd and >= 3, bits <= 252, m is bounded where it is read (int96 on chain).
template PivotMedian(k, bits) {
    var f = (k - 1) \ 2;

    signal input values[k];
    signal input present;
    signal input swap[k - 1];
    signal input high[k - 1];
    signal output median;

    signal exchanged[k - 1];
    var swaps = 0;
    var exchange = 0;
    var highs = 0;
    for (var i = 0; i < k - 1; i++) {
        swap[i] * (swap[i] - present) === 0;
        exchanged[i] <== swap[i] * (values[i + 1] - values[0]);
        swaps += swap[i];
        exchange += exchanged[i];
        high[i] * (high[i] - present) === 0;
        highs += high[i];
    }
    swaps * (swaps - present) === 0;
    highs === f * present;
    median <== present * values[0] + exchange;

    signal distance[k - 1];
    component inRange[k - 1];
    for (var i = 0; i < k - 1; i++) {
        distance[i] <== (2 * high[i] - present) * (values[i + 1] - exchanged[i] - median);
        inRange[i] = Range(bits);
        inRange[i].in <== distance[i];
    }
}
