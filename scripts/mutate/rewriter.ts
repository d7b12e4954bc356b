import type { Range } from "./ast.ts";
import type { SourceText } from "./source-text.ts";

/** What becomes of a stretch, given what became of the stretches within it. */
export type Rewrite = (inner: string) => string;

interface Site extends Range {
  readonly rewrites: Rewrite[];
}

/** Rewrites nested stretches of a file, the inner ones first. Stretches either nest or lie apart, as an AST's nodes do. */
export class Rewriter {
  readonly #source: SourceText;
  readonly #sites = new Map<string, Site>();

  constructor(source: SourceText) {
    this.#source = source;
  }

  /** Of several rewrites of one stretch the first given is the innermost. */
  add(range: Range, rewrite: Rewrite): void {
    const key = `${range.start}:${range.end}`;
    const site = this.#sites.get(key) ?? { ...range, rewrites: [] };
    site.rewrites.push(rewrite);
    this.#sites.set(key, site);
  }

  /** A stretch of the file with all that lies in it rewritten. */
  render(range: Range): string {
    const within = [...this.#sites.values()].filter(({ start, end }) => start >= range.start && end <= range.end);
    return this.#render(
      range,
      within.toSorted((a, b) => a.start - b.start || b.end - a.end),
    );
  }

  /** @param sites within the range, outer ones before their inner ones. */
  #render({ start, end }: Range, sites: readonly Site[]): string {
    let position = start;
    let rendered = "";
    for (let [site, ...rest] = sites; site !== undefined; [site, ...rest] = rest) {
      const { start: from, end: to } = site;
      if (from < position) throw new RangeError(`the stretch at ${from} crosses the one before it`);
      const inside = rest.filter((other) => other.end <= to);
      rest = rest.slice(inside.length);
      const inner = this.#render(site, inside);
      const rewritten = site.rewrites.reduce((text, rewrite) => rewrite(text), inner);
      rendered += this.#source.slice({ start: position, end: from }) + rewritten;
      position = to;
    }
    return rendered + this.#source.slice({ start: position, end });
  }
}
