import type { Curve, Step } from "ffjavascript";
import type { ProvingKey } from "./proving-key.ts";

const FIELD_BYTES = 32;
const ENTRY_BYTES = 12 + FIELD_BYTES;

/**
 * A(x)·B(x) − C(x) on the odd points of twice the domain, which are the scalars of the key's list H: A, B and C are
 * interpolated from the rows' values, and evaluated there. One task for one worker, while others multiply points: nothing
 * is copied between its eleven steps.
 * @param witness canonical little-endian elements. @returns canonical elements, one per point of the domain.
 */
export async function quotientScalars(curve: Curve, key: ProvingKey, witness: Uint8Array): Promise<Uint8Array> {
  const { logDomain, coefficients, wires } = key;
  const n = 2 ** logDomain;
  const shift = curve.Fr.w[logDomain + 1];
  if (shift === undefined) throw new RangeError(`a domain of 2^${logDomain} is beyond the field's roots of unity`);
  const [entries, elements, a, b, c, one, root] = [0, 1, 2, 3, 4, 5, 6];
  const length = n * FIELD_BYTES;
  const steps: Step[] = [
    { cmd: "ALLOCSET", var: entries, buff: coefficients },
    { cmd: "ALLOCSET", var: elements, buff: witness },
    ...[a, b, c].map((polynomial): Step => ({ cmd: "ALLOC", var: polynomial, len: length })),
    { cmd: "ALLOCSET", var: one, buff: curve.Fr.e(1n) },
    { cmd: "ALLOCSET", var: root, buff: shift },
    {
      cmd: "CALL",
      fnName: "qap_buildABC",
      params: [
        ...[{ var: entries }, { val: coefficients.length / ENTRY_BYTES }, { var: elements }],
        ...[{ var: a }, { var: b }, { var: c }, { val: 0 }, { val: n }, { val: 0 }, { val: wires }],
      ],
    },
    ...[a, b, c].flatMap((polynomial): Step[] => [
      { cmd: "CALL", fnName: "frm_ifft", params: [{ var: polynomial }, { val: n }] },
      {
        cmd: "CALL",
        fnName: "frm_batchApplyKey",
        params: [{ var: polynomial }, { val: n }, { var: one }, { var: root }, { var: polynomial }],
      },
      { cmd: "CALL", fnName: "frm_fft", params: [{ var: polynomial }, { val: n }] },
    ]),
    { cmd: "CALL", fnName: "qap_joinABC", params: [{ var: a }, { var: b }, { var: c }, { val: n }, { var: a }] },
    { cmd: "CALL", fnName: "frm_batchFromMontgomery", params: [{ var: a }, { val: n }, { var: a }] },
    { cmd: "GET", out: 0, var: a, len: length },
  ];
  const [scalars] = await curve.tm.queueAction(steps);
  if (scalars === undefined) throw new TypeError("a task that gets one result gave none");
  return scalars;
}
