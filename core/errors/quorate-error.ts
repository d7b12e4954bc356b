/** What every error of the project carries: a stable code, and the data that a program needs to react to it. */
export interface ErrorData {
  readonly code: string;
}

/**
 * The one error family. Each domain declares a union of `{ code, …data }` and throws `new QuorateError<ThatUnion>(…)`.
 * The message is one line for a person and says how to mend the matter; the cause is kept.
 */
export class QuorateError<Data extends ErrorData = ErrorData> extends Error {
  readonly data: Data;

  constructor(data: Data, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QuorateError";
    this.data = data;
  }

  get code(): Data["code"] {
    return this.data.code;
  }
}
