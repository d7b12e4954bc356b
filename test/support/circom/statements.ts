/** What circom does with the two sides. `<==` assigns and constrains, `===` constrains, `<--` assigns: a hint. */
export type Operator = "<==" | "===" | "<--";

/** One statement of a template about signals. */
export interface Statement {
  readonly operator: Operator;
  readonly left: string;
  readonly right: string;
  /** Its source in one line, without the semicolon: how tests name it. */
  readonly text: string;
  readonly line: number;
  /** Where it begins and ends in the source, the end after the semicolon. */
  readonly from: number;
  readonly to: number;
}

const OPERATOR = /^(?<left>[^<=]*?)\s*(?<operator><==|===|<--)\s*(?<right>.*)$/s;

/**
 * The statements about signals of a file that holds one template, in their order. Understands the circom that our templates
 * are written in; throws where they use more: bodies without braces, `==>`, assignment within a declaration, the same text twice.
 */
export function statementsOf(source: string): Statement[] {
  const code = blankComments(source);
  const body = code.indexOf("{", code.indexOf("template "));
  if (code.includes("template ", body)) throw new Error("more than one template in a file");
  const found = segments(code, body + 1).flatMap(({ from, to }) => {
    const text = code.slice(from, to - 1).replaceAll(/\s+/g, " ");
    if (/==>|-->/.test(text)) throw new Error(`write it from left to right: ${text}`);
    const parts = OPERATOR.exec(text)?.groups;
    if (parts === undefined) return [];
    const { left = "", operator, right = "" } = parts;
    if (/^(signal|component|for|if|else)\b/.test(left))
      throw new Error(`declare first, then assign, with braces: ${text}`);
    const line = code.slice(0, from).split("\n").length;
    return [{ operator: operator as Operator, left, right, text, line, from, to }];
  });
  const repeated = found.find(({ text }, i) => found.findIndex((other) => other.text === text) !== i);
  if (repeated !== undefined) throw new Error(`stands twice, so that no test can name it: ${repeated.text}`);
  return found;
}

/** Whether it states a constraint, and not a hint alone. */
export function constrains({ operator }: Statement): boolean {
  return operator !== "<--";
}

/** The source with some of its statements written anew. */
export function rewrite(
  source: string,
  statements: readonly Statement[],
  write: (statement: Statement) => string,
): string {
  let rewritten = "";
  let at = 0;
  for (const statement of statements) {
    rewritten += source.slice(at, statement.from) + write(statement);
    at = statement.to;
  }
  return rewritten + source.slice(at);
}

/** Comments as blanks, so that positions stay. */
function blankComments(source: string): string {
  return source.replaceAll(/\/\/[^\n]*|\/\*[^]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "));
}

/** Code between semicolons and braces, each with the semicolon that ends it; those in parentheses belong to `for`. */
function segments(code: string, start: number): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let [from, depth] = [start, 0];
  for (let at = start; at < code.length; at++) {
    const character = code[at] ?? "";
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth > 0 || !";{}".includes(character)) continue;
    const first = from + (code.slice(from, at).length - code.slice(from, at).trimStart().length);
    if (character === ";") found.push({ from: first, to: at + 1 });
    from = at + 1;
  }
  return found;
}
