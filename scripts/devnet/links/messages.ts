/** One direction between two members: what `from` sends to `to`, on whichever connection. */
export interface LinkShape {
  /** Milliseconds that every byte is late. */
  readonly delayMs: number;
  /** Nothing arrives. What was sent is held and goes on when the link is mended, as TCP would send it again. */
  readonly cut: boolean;
}

export const PLAIN: LinkShape = { delayMs: 0, cut: false };

export type LinksRequest =
  /** Opens a proxy per ordered pair. `targets` are the members' own loopback ports. */
  | { readonly kind: "open"; readonly targets: readonly number[] }
  /** By sender, then by receiver. */
  | { readonly kind: "shape"; readonly shapes: readonly (readonly LinkShape[])[] };

export type LinksReply =
  /** By dialling member, then by the one that it dials; 0 for itself. */
  { readonly kind: "opened"; readonly ports: readonly (readonly number[])[] } | { readonly kind: "shaped" };
