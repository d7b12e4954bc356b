/** The part of circomlibjs that the interoperability tests use. Field elements are Montgomery bytes. */
declare module "circomlibjs" {
  type Element = Uint8Array;

  interface Field {
    e(value: bigint): Element;
    toObject(element: Element): bigint;
  }

  export interface Poseidon {
    (inputs: readonly bigint[]): Element;
    readonly F: Field;
  }

  export interface Eddsa {
    readonly F: Field;
    prv2pub(seed: Uint8Array): [Element, Element];
    signPoseidon(seed: Uint8Array, message: Element): { R8: [Element, Element]; S: bigint };
    verifyPoseidon(
      message: Element,
      signature: { R8: [Element, Element]; S: bigint },
      key: [Element, Element],
    ): boolean;
  }

  export function buildPoseidon(): Promise<Poseidon>;
  export function buildEddsa(): Promise<Eddsa>;
}
