/** coefficient · signal, or a number where the signal is "". */
export interface NamedTerm {
  readonly name: string;
  readonly coefficient: bigint;
}

const TERM =
  /^(?:(?<sign>[+-]) )?(?:(?<coefficient>\d+)(?: \* (?<factorOf>[A-Za-z_][\w.[\]*]*))?|(?<name>[A-Za-z_][\w.[\]*]*))$/;

/** Reads a linear form such as `1 - 168696 * right.tau`: signs and `*` between single spaces. Throws SyntaxError on anything else. */
export function parseForm(text: string): NamedTerm[] {
  return text.split(/ (?=[+-] )/).map((part) => {
    const { sign, coefficient, factorOf, name } = TERM.exec(part)?.groups ?? {};
    if ((coefficient ?? name) === undefined) {
      throw new SyntaxError(`"${text}" is no linear form: write it as 1 - 2 * a.b[0] + c`);
    }
    const size = BigInt(coefficient ?? 1);
    return { name: name ?? factorOf ?? "", coefficient: sign === "-" ? -size : size };
  });
}
