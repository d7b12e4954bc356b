import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { templateNames, templateUses } from "./template-uses.ts";

const because = z.string().min(1);
const nonzeroSchema = z.strictObject({ nonzero: z.array(z.string()).min(1), because });
const determinedSchema = z.strictObject({ determined: z.array(z.string()).min(1), because });
const chosenSchema = z.strictObject({ signals: z.array(z.string()).min(1), because });
const templateSchema = z.strictObject({
  callerEnsures: z.array(nonzeroSchema).default([]),
  holds: z.array(z.union([nonzeroSchema, determinedSchema])).default([]),
  chosen: z.array(chosenSchema).default([]),
});

type Reason = z.infer<typeof nonzeroSchema> | z.infer<typeof determinedSchema> | z.infer<typeof chosenSchema>;

/** What the rules are told of templates, `circuits/determinacy.yaml`. */
export type Reasons = Readonly<Record<string, z.infer<typeof templateSchema>>>;

/** One form or signal of one use of a template, as a pattern: `[*]` in its names stands for any index, the same in all. */
export interface Claim {
  readonly template: string;
  /** A linear form that is never 0, a signal that has one value, or one that is the prover's choice. */
  readonly kind: "nonzero" | "determined" | "chosen";
  /** As it is written in the file. */
  readonly text: string;
  /** The component that it speaks of, such as `main.signature[*].signature`. */
  readonly at: string;
}

/** Throws ZodError for a file of another shape, and Error for a template that is none of ours. */
export async function readReasons(file: string): Promise<Reasons> {
  const reasons = z.record(z.string(), templateSchema).parse(parse(await readFile(file, "utf8")));
  const ours = await templateNames();
  const stranger = Object.keys(reasons).find((template) => !ours.has(template));
  if (stranger !== undefined) throw new Error(`${file} speaks of ${stranger}, which is no template: take it out`);
  return reasons;
}

/** Everything that is claimed of a circuit whose main component is of this template. */
export async function claimsOn(template: string, reasons: Reasons): Promise<Claim[]> {
  const uses = await templateUses(template);
  return [...uses].flatMap(([used, paths]) => {
    const { callerEnsures = [], holds = [], chosen = [] } = reasons[used] ?? {};
    const listed = [...(used === template ? callerEnsures : []), ...holds, ...chosen].flatMap(textsOf);
    return paths.flatMap((at) => listed.map((one): Claim => ({ template: used, at, ...one })));
  });
}

function textsOf(reason: Reason): Pick<Claim, "kind" | "text">[] {
  if ("nonzero" in reason) return reason.nonzero.map((text) => ({ kind: "nonzero", text }));
  if ("determined" in reason) return reason.determined.map((text) => ({ kind: "determined", text }));
  return reason.signals.map((text) => ({ kind: "chosen", text }));
}
