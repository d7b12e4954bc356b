/** Longest path that a guest may ask for, in bytes. Real endpoints need under 100; URLs this short pass every proxy. */
export const MAX_PATH_BYTES = 512;

const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})/i;
const ASCII_ESCAPE = /%([0-7][0-9a-f])/gi;
/** `..;x` too: some servers drop the parameter and then climb. */
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:[;/]|$)/;
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Why a guest's path may not be appended to a base URL or directory, or `undefined` when it may.
 * A path that passes stays below its base however often the far side decodes it.
 */
export function pathFault(path: string): string | undefined {
  if (path.length > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (!path.startsWith("/") || path.startsWith("//")) return "must start with exactly one slash";
  if (!PRINTABLE_ASCII.test(path)) return "may hold printable ASCII only; percent-encode the rest";
  if (path.includes("#")) return "may not hold a fragment";
  if (BROKEN_ESCAPE.test(path)) return "holds a % that is no escape; write %25";
  const [pathname, query = ""] = splitOnce(path, "?");
  return pathnameFault(pathname) ?? (CONTROL.test(decodeFully(query)) ? "encodes a control character" : undefined);
}

/** The parts before and after the first `separator`; the second is `undefined` without one. */
export function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function pathnameFault(pathname: string): string | undefined {
  const decoded = decodeFully(pathname);
  if (CONTROL.test(decoded)) return "encodes a control character";
  if (decoded.includes("\\")) return "may not hold a backslash";
  if (DOT_SEGMENT.test(decoded)) return "may not hold . or .. segments";
  return undefined;
}

/** Decodes ASCII escapes until nothing changes. Each turn shortens the text, so it ends. */
function decodeFully(text: string): string {
  const decoded = text.replace(ASCII_ESCAPE, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return decoded === text ? text : decodeFully(decoded);
}
