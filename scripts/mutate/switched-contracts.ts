import { walk, type AstNode } from "./ast.ts";
import type { Change } from "./change.ts";
import { compile, type LinkReference } from "./compiler.ts";
import { keyOf, type Mutant } from "./mutant.ts";
import type { Project } from "./project.ts";
import { SourceText } from "./source-text.ts";
import { SWITCH_CONTENT, SWITCH_LIBRARY, SWITCH_SOURCE } from "./switch.ts";
import { constantsOf } from "./constant-changes.ts";
import { guardRange, SwitchedFile, type SharedDeclarations } from "./switched-file.ts";

/** A contract with all its mutants; the linker chooses one. */
export interface SwitchedContract {
  readonly name: string;
  readonly bytecode: string;
  readonly references: readonly LinkReference[];
}

export interface Switched {
  readonly mutants: readonly Mutant[];
  readonly sources: Readonly<Record<string, { readonly content: string }>>;
}

/** Makes the mutants of the files, and their sources with all mutants in them. */
export function switchSources(project: Project, files: readonly string[]): Switched {
  const units = parseSources(project);
  const targets = files.map((file) => ({ file, parsed: find(units, project.sourceNameOf(file)) }));
  const constants = new Map(
    targets.flatMap(({ file, parsed: { source, unit } }) => [...constantsOf(file, source, unit)]),
  );
  const switchedFiles = new Map<string, SwitchedFile>();
  const shared = { constants, guardOf: createGuards(units, switchedFiles) };
  for (const { file, parsed } of targets) switchedFiles.set(parsed.name, new SwitchedFile(file, { ...parsed, shared }));
  const changes = [
    ...[...switchedFiles.values()].flatMap((file) => file.changes),
    ...[...constants.values()].flatMap(({ more, less }) => [more, less]),
  ];
  const mutants = number(changes.filter(({ sites }) => sites > 0));
  const content = [...switchedFiles].map(([name, file]) => [name, { content: file.content() }] as const);
  return {
    mutants,
    sources: { ...project.input.sources, ...Object.fromEntries(content), [SWITCH_SOURCE]: { content: SWITCH_CONTENT } },
  };
}

interface ParsedSource {
  readonly name: string;
  readonly source: SourceText;
  readonly unit: AstNode;
}

function parseSources({ input }: Project): ParsedSource[] {
  const outputSelection = { "*": { "": ["ast"] } };
  const { sources = {} } = compile({ ...input, settings: { ...input.settings, outputSelection } });
  return Object.entries(input.sources).flatMap(([name, { content }]) => {
    const unit = sources[name]?.ast;
    return unit === undefined ? [] : [{ name, unit, source: new SourceText(content) }];
  });
}

function find(units: readonly ParsedSource[], wanted: string): ParsedSource {
  const found = units.find(({ name }) => name === wanted);
  if (found === undefined) throw new TypeError(`${wanted} is not in the build: run npm run build`);
  return found;
}

/** Modifiers may be declared in another file than they are used in. Those of switched files come with their mutants. */
function createGuards(
  units: readonly ParsedSource[],
  switchedFiles: ReadonlyMap<string, SwitchedFile>,
): SharedDeclarations["guardOf"] {
  const modifiers = new Map<number, { readonly node: AstNode; readonly declared: ParsedSource }>();
  for (const declared of units) {
    walk(declared.unit, (node) => {
      if (node.nodeType === "ModifierDefinition") modifiers.set(Number(node.id), { node, declared });
      return true;
    });
  }
  return (id) => {
    const modifier = modifiers.get(id);
    const range = modifier && guardRange(modifier.node);
    return range && (switchedFiles.get(modifier.declared.name)?.render(range) ?? modifier.declared.source.slice(range));
  };
}

/** Gives each change its number, by file and position, and tells equal ones of one function apart. */
function number(changes: readonly Change[]): Mutant[] {
  const seen = new Map<string, number>();
  const ordered = changes.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.position - b.position));
  return ordered.map((change, index) => {
    const key = keyOf({ ...change, occurrence: 1 });
    change.occurrence = (seen.get(key) ?? 0) + 1;
    seen.set(key, change.occurrence);
    change.id = index + 1;
    const { id, file, within, operator, original, replacement, occurrence, line } = change;
    return { id, file, within, operator, original, replacement, occurrence, line };
  });
}

/** The compiler's steps that take less time than they save: the code shrinks to a half, and so does the time to compile it. */
const OPTIMIZER = {
  enabled: false,
  details: {
    ...{ peephole: true, jumpdestRemover: true, deduplicate: true, cse: true, inliner: true },
    ...{ yul: true, yulDetails: { stackAllocation: true, optimizerSteps: "dhfoDgvulfnTUt:fDnTOcmu" } },
  },
};

/** Compiles the contracts that hold code of the files. */
export function compileSwitched(project: Project, switched: Switched, files: readonly string[]): SwitchedContract[] {
  const changed = new Set(files.map((file) => project.sourceNameOf(file)));
  const wanted = project.contracts.filter(({ closure }) => closure.some((source) => changed.has(source)));
  const outputSelection: Record<string, Record<string, string[]>> = {};
  for (const { source, name } of wanted) {
    outputSelection[source] = {
      ...outputSelection[source],
      [name]: ["evm.bytecode.object", "evm.bytecode.linkReferences"],
    };
  }
  const settings = { ...project.input.settings, optimizer: OPTIMIZER, outputSelection };
  const { contracts = {} } = compile({ ...project.input, sources: switched.sources, settings });
  return wanted.flatMap(({ source, name }) => {
    const { object = "", linkReferences = {} } = contracts[source]?.[name]?.evm.bytecode ?? {};
    const references = linkReferences[SWITCH_SOURCE]?.[SWITCH_LIBRARY] ?? [];
    return references.length === 0 ? [] : [{ name, bytecode: `0x${object}`, references }];
  });
}
