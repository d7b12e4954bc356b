import { refusal } from "../admission/refusal.ts";
import type { ComponentSurface } from "./component-reader.ts";
import type { InstanceExports } from "./component-types.ts";
import { HOST_FUNCTIONS, HOST_IMPORT } from "./host-interface.ts";
import { OFFERED, type OfferedInterface } from "./interfaces.ts";

/** `fetcher` exports the phases; `command` exports wasi:cli/run and takes its phase as an argument. */
export type ComponentWorld = "fetcher" | "command";

const IMPORT = /^(wasi:[a-z-]+\/[a-z-]+)@0\.2\.\d{1,3}$/;
const RUN = /^wasi:cli\/run@0\.2\.\d{1,3}$/;
const PHASE_TYPE = "func(list<u8>) -> list<u8>";
const RUN_TYPE = "func() -> result<_, _>";
const PHASES: readonly string[] = ["observe", "requests"];

/**
 * Checks what a component asks for and offers against what a fetcher may, by name and type.
 * @throws QuorateError<ModuleRefused>
 */
export function checkWorld({ imports, exports }: Pick<ComponentSurface, "imports" | "exports">): ComponentWorld {
  for (const [name, instance] of imports) checkImport(name, instance);
  const names = [...exports.keys()].sort();
  if (names.length === 2 && names.every((name) => PHASES.includes(name))) {
    for (const name of names) checkFunction("export", { name, type: exports.get(name), expected: PHASE_TYPE });
    return "fetcher";
  }
  const [name = ""] = names;
  const run = exports.get(name);
  if (names.length === 1 && RUN.test(name) && typeof run === "object") {
    checkFunction("export", { name: `${name} run`, type: run.functions.get("run"), expected: RUN_TYPE });
    return "command";
  }
  const mend = "implement the world quorate:fetcher/fetcher (requests, observe) or export wasi:cli/run of WASI 0.2";
  throw refusal("export", { section: "export" }, `the component exports ${names.join(", ") || "nothing"}: ${mend}`);
}

function checkImport(name: string, { functions, resources }: InstanceExports): void {
  const offered = interfaceOf(name);
  for (const resource of resources) {
    if (offered.resources.includes(resource)) continue;
    throw refusal("import", { section: "import" }, `${name} has no resource ${resource}: use WASI's own interfaces`);
  }
  for (const [own, type] of functions) {
    if (!Object.hasOwn(offered.functions, own)) {
      const mend = name === HOST_IMPORT ? "see fetcher.wit" : "build for an earlier version of WASI 0.2, or without it";
      throw refusal("import", { section: "import" }, `the component imports ${own} of ${name}: ${mend}`);
    }
    checkFunction("import", { name: `${name} ${own}`, type, expected: offered.functions[own] ?? "" });
  }
}

const HOST: OfferedInterface = {
  functions: Object.fromEntries(Object.entries(HOST_FUNCTIONS).map(([name, { type }]) => [name, type])),
  resources: [],
};

function interfaceOf(name: string): OfferedInterface {
  if (name === HOST_IMPORT) return HOST;
  const path = IMPORT.exec(name)?.[1] ?? "";
  const offered = Object.hasOwn(OFFERED, path) ? OFFERED[path] : undefined;
  if (offered !== undefined) return offered;
  const mend = `a fetcher may import ${Object.keys(OFFERED).join(", ")}, each @0.2.x, and ${HOST_IMPORT}; the host makes its requests`;
  throw refusal("import", { section: "import" }, `the component imports ${name}: ${mend}`);
}

function checkFunction(
  rule: "import" | "export",
  { name, type, expected }: { readonly name: string; readonly type: unknown; readonly expected: string },
): void {
  if (type === expected) return;
  const found = typeof type === "string" ? type : "no function";
  throw refusal(
    rule,
    { section: rule },
    `${rule} ${name} is ${found}, it should be ${expected}: use WASI's own interfaces`,
  );
}
