/** A stretch of Solidity on one line, without its comments: a name that stays as other lines move. */
export function onOneLine(text: string): string {
  const uncommented = text.replaceAll(/\/\/.*$/gm, "").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return uncommented
    .replaceAll(/\s+/g, " ")
    .replaceAll(/([([]) /g, "$1")
    .replaceAll(/ ([)\]])/g, "$1")
    .trim();
}
