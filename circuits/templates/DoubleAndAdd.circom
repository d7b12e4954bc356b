// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

// out = 2 * accumulator + point where bit is 1, 2 * accumulator - point where it is 0, on BabyJubJub in its Montgomery form
// y^2 = x^3 + 168698 x^2 + x. Six constraints: (accumulator ± point) + accumulator, without the sum's y in between
// (Eisentraeger, Lauter, Montgomery: Fast Elliptic Curve Arithmetic and Improved Weil Pairing Evaluation, section 3).
//
// Proven: that, where neither addition is of points with the same x.
// Not proven, and not computed: anything where accumulator = ±point (the first slope is then free, or none fits) or
// 2 * accumulator = ±point (no slope fits).
// The caller ensures: both are points of the curve, neither is infinity, bit is 0 or 1, and accumulator is not ±point.
template DoubleAndAdd() {
    var A = 168698;

    signal input accumulator[2];
    signal input point[2];
    signal input bit;
    signal output out[2];

    signal signedY;
    signedY <== (2 * bit - 1) * point[1];

    signal slope;
    slope <-- (signedY - accumulator[1]) / (point[0] - accumulator[0]);
    slope * (point[0] - accumulator[0]) === signedY - accumulator[1];
    signal sumX;
    sumX <== slope * slope - A - accumulator[0] - point[0];

    // The second slope is (sumY - accumulatorY) / (sumX - accumulatorX), with sumY = slope * (accumulatorX - sumX) - accumulatorY.
    signal secondSlope;
    secondSlope <-- 2 * accumulator[1] / (accumulator[0] - sumX) - slope;
    (slope + secondSlope) * (accumulator[0] - sumX) === 2 * accumulator[1];
    out[0] <== secondSlope * secondSlope - A - accumulator[0] - sumX;
    out[1] <== secondSlope * (accumulator[0] - out[0]) - accumulator[1];
}
