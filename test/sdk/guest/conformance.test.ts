import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatDecimal, parseDecimal } from "../../../core/feeds/decimal.ts";
import vectors from "../../vectors/guest-sdk.json" with { type: "json" };
import { buildConformance } from "./support/conformance-module.ts";

/** The scaled integers of decimals lie below this in magnitude. */
const LIMIT = 10n ** 37n;
const UNIT = 10n ** 18n;

const units = fc.oneof(
  fc.bigInt(-LIMIT + 1n, LIMIT - 1n),
  fc.bigInt(-(2n ** 66n), 2n ** 66n),
  fc.bigInt(-(2n ** 32n), 2n ** 32n),
  fc.constantFrom(0n, 1n, -1n, UNIT, -UNIT, LIMIT - 1n, 1n - LIMIT, 2n ** 64n, 2n ** 64n - 1n, 2n ** 96n),
);

/** What each operation means, on scaled integers; BigInt's division cuts toward zero, its >> rounds down. */
const MODEL: Readonly<Record<string, (a: bigint, b: bigint) => bigint | null>> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  times: (a, b) => (a * b) / UNIT,
  over: (a, b) => (b === 0n ? null : (a * UNIT) / b),
  mean: (a, b) => (a + b) >> 1n,
  less: (a, b) => (a < b ? UNIT : 0n),
};

function expected(op: string, a: bigint, b: bigint): string | null {
  const result = MODEL[op]?.(a, b) ?? null;
  return result === null || result >= LIMIT || result <= -LIMIT ? null : formatDecimal(result, 18);
}

const text = (value: bigint) => formatDecimal(value, 18);

for (const language of ["assemblyscript", "c", "rust"]) {
  const module = await buildConformance(language);

  describe(`the guest SDK for ${language}`, { skip: typeof module === "string" && module }, () => {
    if (typeof module === "string") return;

    it("agrees with the shared vectors on decimals", () => {
      for (const { op, a, b = "", result } of vectors.decimals)
        assert.equal(module.observe({ op, a, b }), result, `${op} ${a} ${b}`);
    });

    it("agrees with the shared vectors on JSON", () => {
      for (const { text: body, path, result } of vectors.json) {
        const response = { kind: "answer", sourceId: "s", status: 200, body: Buffer.from(body) } as const;
        assert.equal(module.observe({ op: "json", path }, [response]), result, `${body} at ${path}`);
      }
    });

    it("calculates as exact integers do", () => {
      for (const op of Object.keys(MODEL)) {
        fc.assert(
          fc.property(units, units, (a, b) => {
            assert.equal(module.observe({ op, a: text(a), b: text(b) }), expected(op, a, b));
          }),
        );
      }
    });

    it("multiplies and divides small numbers as exact integers do", () => {
      const small = fc.bigInt(-(10n ** 27n), 10n ** 27n);
      for (const op of ["times", "over"]) {
        fc.assert(
          fc.property(small, small, (a, b) => {
            assert.equal(module.observe({ op, a: text(a), b: text(b) }), expected(op, a, b));
          }),
        );
      }
    });

    it("reads every decimal as the node does, and writes it shortest", () => {
      fc.assert(
        fc.property(fc.stringMatching(/^[+-]?\d{1,19}(\.\d{1,24})?$/), (written) => {
          const node = parseDecimal(written.replace(/(\.\d{18})\d+$/, "$1"), 18);
          assert.equal(module.observe({ op: "parse", a: written }), text(node ?? 0n));
        }),
      );
    });

    it("reads nothing else as a decimal", () => {
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom(...Array.from("+-.0159eE x")) }), (written) => {
          const isDecimal = /^[+-]?\d{1,19}(\.\d+)?$/.test(written);
          assert.equal(module.observe({ op: "parse", a: written }) !== null, isDecimal, written);
        }),
      );
    });

    it("takes exactly the JSON that JSON.parse takes", () => {
      const scraps = fc.constantFrom(...Array.from('[]{}:,"\\ 01.e-+atruefalsenull\n'), '"a"', "1.5", "[]", '{"a":1}');
      const body = fc.oneof(
        fc.json({ maxDepth: 6 }),
        fc.array(scraps, { maxLength: 12 }).map((parts) => parts.join("")),
      );
      fc.assert(
        fc.property(body, fc.nat(), fc.nat(), (whole, at, length) => {
          // Whole documents, and documents with a hole.
          const cut =
            length % 3 === 0
              ? whole
              : whole.slice(0, at % (whole.length + 1)) + whole.slice((at % (whole.length + 1)) + (length % 3));
          const response = { kind: "answer", sourceId: "s", status: 200, body: Buffer.from(`[${cut}]`) } as const;
          const parsed = parseOrNothing(`[${cut}]`);
          assert.equal(module.observe({ op: "json", path: "#" }, [response]), String(parsed?.length ?? 0), cut);
        }),
        { numRuns: 500 },
      );
    });

    it("survives whatever a source sends", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
          const response = { kind: "answer", sourceId: "s", status: 200, body } as const;
          module.observe({ op: "json", path: "a/0" }, [response]);
        }),
      );
    });

    it("writes requests, reads parameters, and counts a response only with status 200", () => {
      assert.equal(module.requests({ a: "gemini", b: "v1/x?y=z" }), "GET gemini /v1/x?y=z\n");
      assert.equal(module.requests({ a: "s", b: "b", count: "32" }), "GET s /b\n".repeat(32));
      const body = Buffer.from("[5]");
      const params = { op: "json", path: "0", zzz: "last" };
      assert.equal(module.observe(params, [{ kind: "answer", sourceId: "s", status: 200, body }]), "5");
      assert.equal(module.observe(params, [{ kind: "answer", sourceId: "s", status: 404, body }]), null);
      assert.equal(module.observe(params, [{ kind: "failed", sourceId: "s", code: "timeout" }]), null);
    });
  });
}

function parseOrNothing(document: string): readonly unknown[] | undefined {
  try {
    return JSON.parse(document) as readonly unknown[];
  } catch {
    return undefined;
  }
}
