/** One entry of package-lock.json (lockfileVersion 3), as far as this file needs it. */
export interface LockEntry {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  license?: string;
  engines?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export interface Lockfile {
  packages: Record<string, LockEntry>;
}

/** An optional package that an entry asks for and that the lockfile does not hold. */
export interface MissingPackage {
  /** Key of the entry that asks, e.g. "node_modules/oxc-parser". */
  readonly parent: string;
  readonly name: string;
  readonly version: string;
}

// As npm spells them in `os`, `cpu` and `libc`; in package names they stand between dashes.
const SYSTEMS = "aix android darwin freebsd linux netbsd openbsd openharmony sunos win32".split(" ");
const PROCESSORS = "arm64 arm ia32 loong64 mips64el ppc64 riscv64 s390x x64".split(" ");
const ALIASES: Readonly<Record<string, string>> = { windows: "win32", win: "win32", x86_64: "x64", aarch64: "arm64" };

/**
 * Optional packages that are absent. npm leaves a platform's package out of the lockfile when its registry has none at
 * the time of `npm install`; `npm ci` then fails, on every platform, as soon as that registry has it.
 */
export function missingOptionalPackages({ packages }: Lockfile): MissingPackage[] {
  return Object.entries(packages).flatMap(([parent, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name, version]) => !isHeld(packages, { parent, name, version }))
      .map(([name, version]) => ({ parent, name, version })),
  );
}

/**
 * The lockfile with an entry for each missing package: version, platform and flags, no integrity (its bytes are not at
 * hand; npm takes them from the registry on the platforms that need them).
 * @throws TypeError where the version asked for is a range, from which no entry can be made.
 */
export function completeLockfile(lockfile: Lockfile): Lockfile {
  const packages = { ...lockfile.packages };
  for (const missing of missingOptionalPackages(lockfile)) {
    const flat = `node_modules/${missing.name}`;
    const key = packages[flat] === undefined ? flat : `${missing.parent}/${flat}`;
    packages[key] = stub(missing, packages[missing.parent] ?? {});
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en"));
  return { ...lockfile, packages: Object.fromEntries(sorted) };
}

/** Reads the platform off a package's name, e.g. "@x/binding-linux-arm64-gnu". */
export function platformOf(name: string): Pick<LockEntry, "os" | "cpu" | "libc"> {
  const words = name.split(/[-/]/).map((word) => ALIASES[word] ?? word);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  const libc = os === "linux" ? words.map(libcOf).find((found) => found !== undefined) : undefined;
  return { ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }), ...(os && { os: [os] }) };
}

function libcOf(word: string): string | undefined {
  return word.startsWith("musl") ? "musl" : word.startsWith("gnu") ? "glibc" : undefined;
}

function stub({ name, version, parent }: MissingPackage, asking: LockEntry): LockEntry {
  if (!/^\d/.test(version)) {
    throw new TypeError(`${parent} asks for ${name}@${version}: a range. Run npm install where the registry has it`);
  }
  const { cpu, libc, os } = platformOf(name);
  return {
    version,
    ...(cpu && { cpu }),
    ...(asking.dev && { dev: true }),
    ...(libc && { libc }),
    ...(asking.license !== undefined && { license: asking.license }),
    optional: true,
    ...(os && { os }),
    ...(asking.engines && { engines: asking.engines }),
  };
}

/** Whether Node's resolution from `parent` upwards meets the package; an exact version asked for must be the one met. */
function isHeld(packages: Lockfile["packages"], { parent, name, version }: MissingPackage): boolean {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const held = packages[folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (held !== undefined) return !/^\d/.test(version) || held.version === version;
    if (folder === "") return false;
  }
}
