import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { CircuitBuildErrorData } from "../errors.ts";
import { TEMPLATES } from "../paths.ts";

/** `name = Template(` and `name[i][j] = Template(`, with or without `component`. */
const INSTANTIATION = /\b(?<name>\w+)(?<indices>(?:\[[^\]]*\])*)\s*=\s*(?<template>[A-Z]\w*)\s*\(/g;

/** The names of our templates, a file each. */
export async function templateNames(): Promise<ReadonlySet<string>> {
  return new Set((await readdir(TEMPLATES)).map((file) => path.basename(file, ".circom")));
}

/**
 * Where our templates are used in a circuit: paths of components by template, with `[*]` for an index, such as
 * `main.signature[*].signature`. circomlib's templates are not ours.
 * Throws `circuit-unknown` for a template that is none of ours.
 */
export async function templateUses(template: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const ours = await templateNames();
  if (!ours.has(template)) {
    const known = [...ours].sort();
    throw new QuorateError<CircuitBuildErrorData>(
      { code: "circuit-unknown", instance: template, known },
      `no template is named ${template}: circuits/templates has ${known.join(", ")}`,
    );
  }
  const uses = new Map<string, string[]>();
  const visit = async (name: string, at: string): Promise<void> => {
    uses.set(name, [...(uses.get(name) ?? []), at]);
    const source = await readFile(path.join(TEMPLATES, `${name}.circom`), "utf8");
    for (const { groups = {} } of source.replaceAll(/\/\/.*/g, "").matchAll(INSTANTIATION)) {
      const { name: component = "", indices = "", template: used = "" } = groups;
      if (ours.has(used)) await visit(used, `${at}.${component}${indices.replaceAll(/\[[^\]]*\]/g, "[*]")}`);
    }
  };
  await visit(template, "main");
  return uses;
}
