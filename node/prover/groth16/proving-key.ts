/** Points of a group that scalars are multiplied with, without those that are infinity. */
export interface Bases {
  readonly group: "G1" | "G2";
  /** Affine, one after the other. */
  readonly points: Uint8Array;
  /** For each point the position of its scalar. */
  readonly scalars: Uint32Array;
}

/** A Groth16 proving key, ready to be used: see section 3.2 of the paper (Groth, 2016) for the lists' meaning. */
export interface ProvingKey {
  readonly wires: number;
  readonly publicSignals: number;
  /** The domain has 2^logDomain points. */
  readonly logDomain: number;
  /** Matrices A and B: 44 bytes an entry, (matrix, row, wire, value). */
  readonly coefficients: Uint8Array;
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
  /** By wire. */
  readonly a: Bases;
  readonly b1: Bases;
  readonly b2: Bases;
  readonly c: Bases;
  /** By point of the domain. */
  readonly h: Bases;
}

const FIELD_BYTES = 32;
const POINT_BYTES = { G1: 2 * FIELD_BYTES, G2: 4 * FIELD_BYTES } as const;
/** Sections of snarkjs' zkey files, version 1. */
const SECTION = { header: 2, coefficients: 4, a: 5, b1: 6, b2: 7, c: 8, h: 9 } as const;

/** Reads snarkjs' format. The file is trusted: its digest was checked. Throws a RangeError or TypeError for anything else. */
export function readProvingKey(file: Uint8Array): ProvingKey {
  const sections = readSections(file);
  const section = (id: number): Uint8Array => {
    const found = sections.get(id);
    if (found === undefined) throw new TypeError(`proving key: section ${id} is missing`);
    return found;
  };
  const header = section(SECTION.header);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  let at = 2 * (4 + FIELD_BYTES); // both moduli with their lengths
  const number = () => view.getUint32((at += 4) - 4, true);
  const point = (group: Bases["group"]) => header.subarray(at, (at += POINT_BYTES[group]));
  const [wires, publicSignals, domain] = [number(), number(), number()];
  const [alpha1, beta1, beta2] = [point("G1"), point("G1"), point("G2")];
  point("G2"); // gamma, of which the prover needs nothing
  const [delta1, delta2] = [point("G1"), point("G2")];
  return {
    ...{ wires, publicSignals, logDomain: Math.log2(domain), alpha1, beta1, beta2, delta1, delta2 },
    coefficients: section(SECTION.coefficients).subarray(4),
    a: finite("G1", section(SECTION.a), 0),
    b1: finite("G1", section(SECTION.b1), 0),
    b2: finite("G2", section(SECTION.b2), 0),
    c: finite("G1", section(SECTION.c), publicSignals + 1),
    h: finite("G1", section(SECTION.h), 0),
  };
}

function readSections(file: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (new TextDecoder().decode(file.subarray(0, 4)) !== "zkey") throw new TypeError("proving key: wrong magic bytes");
  const sections = new Map<number, Uint8Array>();
  let at = 12;
  for (let left = view.getUint32(8, true); left > 0; left--) {
    const size = Number(view.getBigUint64(at + 4, true));
    sections.set(view.getUint32(at, true), file.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return sections;
}

/** Leaves out points at infinity, which snarkjs writes as zeros: half of B's wires are in no right side of a product. */
function finite(group: Bases["group"], points: Uint8Array, firstScalar: number): Bases {
  const size = POINT_BYTES[group];
  const count = points.length / size;
  const kept = new Uint8Array(points.length);
  const scalars = new Uint32Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) {
    const point = points.subarray(i * size, (i + 1) * size);
    if (point.every((byte) => byte === 0)) continue;
    kept.set(point, length * size);
    scalars[length++] = firstScalar + i;
  }
  return { group, points: kept.slice(0, length * size), scalars: scalars.slice(0, length) };
}
