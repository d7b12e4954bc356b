// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "./MemberSelector.circom";
include "./ObservationSignature.circom";
include "./PivotMedian.circom";
include "./PublicBinding.circom";
include "./ReportMask.circom";
include "./SetRoot.circom";
include "./TimestampWindow.circom";

// Every value of a report is the median of k = 2f + 1 distinct members' signed observations of one round.
// Public inputs, in this order: C, x, y (see PublicBinding) over
// w = (context, setRoot, reportMask, earliest, latest, observedAt, medians...). Twin: core/proof/circuit-inputs.ts.
//
// Proven, for that w: the key list hashes to setRoot; k different members of it signed, each for this context, a mask,
// values and a timestamp; the report's mask is within each of theirs; medians[q] is the median of their values where the
// mask has bit q, else 0; observedAt is the median of their timestamps, and all timestamps are in [earliest, latest].
// Not proven: that the k observations are the first or the only ones (the leader chooses which k count); that a signed
// value is in the int96 range (only its distance to the median, < 2^96; a member that signs more counts as an extreme);
// that a signed value is true.
// The caller (contract) ensures: x and y are computed from its own w after C; medians are int96; setRoot was computed
// from keys that are valid, distinct and at most nMax; k = 2f + 1; latest - earliest < 2^16; context names this chain,
// hub, configuration and sequence.
template MedianProof(nMax, k, lanes) {
    signal input C;
    signal input x;
    signal input y;

    signal input context;
    signal input setRoot;
    signal input reportMask;
    signal input earliest;
    signal input latest;
    signal input observedAt;
    signal input medians[lanes];

    signal input memberCount;
    signal input keys[nMax][2];
    signal input selector[k][nMax - k + 1];

    signal input masks[k];
    signal input values[k][lanes];
    signal input timestamps[k];
    signal input r8[k][2];
    signal input s[k];

    // One row per lane, and the last row for the timestamps.
    signal input swap[lanes + 1][k - 1];
    signal input high[lanes + 1][k - 1];

    component binding = PublicBinding(lanes + 6);
    binding.C <== C;
    binding.x <== x;
    binding.y <== y;
    binding.w[0] <== context;
    binding.w[1] <== setRoot;
    binding.w[2] <== reportMask;
    binding.w[3] <== earliest;
    binding.w[4] <== latest;
    binding.w[5] <== observedAt;
    for (var q = 0; q < lanes; q++) {
        binding.w[6 + q] <== medians[q];
    }

    component root = SetRoot(nMax);
    root.memberCount <== memberCount;
    root.keys <== keys;
    root.out === setRoot;

    component members = MemberSelector(nMax, k);
    members.keys <== keys;
    members.selector <== selector;

    component signature[k];
    component window[k];
    for (var i = 0; i < k; i++) {
        signature[i] = ObservationSignature(lanes);
        signature[i].key <== members.selected[i];
        signature[i].context <== context;
        signature[i].mask <== masks[i];
        signature[i].values <== values[i];
        signature[i].timestamp <== timestamps[i];
        signature[i].r8 <== r8[i];
        signature[i].s <== s[i];

        window[i] = TimestampWindow();
        window[i].timestamp <== timestamps[i];
        window[i].earliest <== earliest;
        window[i].latest <== latest;
    }

    component mask = ReportMask(k, lanes);
    mask.reportMask <== reportMask;
    mask.observationMasks <== masks;

    component lane[lanes];
    for (var q = 0; q < lanes; q++) {
        lane[q] = PivotMedian(k, 96);
        for (var i = 0; i < k; i++) {
            lane[q].values[i] <== values[i][q];
        }
        lane[q].present <== mask.present[q];
        lane[q].swap <== swap[q];
        lane[q].high <== high[q];
        lane[q].median === medians[q];
    }

    // Two timestamps of one window differ by less than 2^16.
    component time = PivotMedian(k, 16);
    time.values <== timestamps;
    time.present <== 1;
    time.swap <== swap[lanes];
    time.high <== high[lanes];
    time.median === observedAt;
}
