import { posix } from "node:path";
import { cruise, type ICruiseResult, type IDependency, type IModule } from "dependency-cruiser";
import type { Finding, Tree } from "./finding.ts";
import { LAYERS, layerOf, mayImportFile, mayImportPackage, type Layer } from "./layers.ts";

const CODE = /\.(ts|mts|js|mjs|cjs)$/;

/** Finds every import that {@link LAYERS} does not allow, and every cycle, type-only imports included. */
export async function checkImports(tree: Tree, layers: readonly Layer[] = LAYERS): Promise<Finding[]> {
  const modules = await importGraph(tree);
  return [...modules.flatMap((module) => judgeModule(module, layers)), ...cycles(modules)];
}

async function importGraph({ root, files }: Tree): Promise<IModule[]> {
  const code = files.filter((file) => CODE.test(file));
  if (code.length === 0) return [];
  const { output } = await cruise(code, {
    baseDir: root,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^types/" },
    tsPreCompilationDeps: true,
    detectJSDocImports: true,
    validate: true,
    ruleSet: { forbidden: [{ name: "cycle", severity: "error", from: {}, to: { circular: true } }] },
  });
  const sources = new Set(code);
  return (output as ICruiseResult).modules.filter(({ source }) => sources.has(source));
}

function judgeModule(module: IModule, layers: readonly Layer[]): Finding[] {
  const layer = layerOf(module.source, layers);
  if (layer === undefined) {
    const mend = "Move it into a layer, or add its folder to scripts/check/layers.ts";
    return [finding(module.source, "its folder belongs to no layer", mend)];
  }
  return module.dependencies.flatMap((dependency) => judgeDependency(module.source, dependency, { layer, layers }));
}

interface Rules {
  readonly layer: Layer;
  readonly layers: readonly Layer[];
}

function judgeDependency(source: string, dependency: IDependency, { layer, layers }: Rules): Finding[] {
  const name = layer.folder === "" ? "the root" : layer.folder;
  const specifier = dependency.module;
  if (dependency.dependencyTypes.includes("core")) {
    if (layer.node) return [];
    const mend = "Take what it needs as an argument, or as a port of core/ports";
    return [finding(source, `${name} is pure and may not import Node's "${specifier}"`, mend)];
  }
  if (!specifier.startsWith(".")) {
    const pkg = packageName(specifier);
    if (mayImportPackage(layer, pkg)) return [];
    const mend = `Allowed: ${list(layer.packages)}. Use one of these, or argue for a new one in scripts/check/layers.ts`;
    return [finding(source, `${name} may not import the package ${pkg}`, mend)];
  }
  // A generated file may not be there yet: what counts is where the import points.
  const target = posix.join(posix.dirname(source), specifier);
  if (mayImportFile(layer, target, layers)) return [];
  const mend = `Allowed: ${list(layer.imports)}. Take it as an argument or a port; node/app puts the parts together`;
  return [finding(source, `${name} may not import ${target}`, mend)];
}

/** One finding per set of files that import each other, however many ways round there are. */
function cycles(modules: readonly IModule[]): Finding[] {
  const found = new Map<string, Finding>();
  for (const { source, dependencies } of modules) {
    for (const { cycle } of dependencies) {
      if (cycle === undefined) continue;
      const files = cycle.map(({ name }) => name);
      const key = files.toSorted().join();
      const problem = `import cycle: ${[source, ...files].join(" → ")}`;
      if (!found.has(key)) found.set(key, finding(source, problem, "Move what both need into a file of its own"));
    }
  }
  return [...found.values()];
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}

function finding(path: string, problem: string, mend: string): Finding {
  return { check: "layers", path, problem, mend };
}
