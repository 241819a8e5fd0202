/** What a person can mend in a Dockerfile or its context, with the line it is about. */
export class BuildError extends Error {
  /** Of the Dockerfile, from 1; undefined: it is about no line. */
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    super(message)
    this.name = 'BuildError'
    this.line = line
  }

  /** The same with the line, where it has none yet. */
  static at(error: unknown, line: number): unknown {
    if (!(error instanceof BuildError) || error.line !== undefined) return error
    return new BuildError(error.message, line)
  }

  /** `Dockerfile:3: …`, as compilers say it. */
  text(file: string): string {
    return this.line === undefined ? this.message : `${file}:${this.line}: ${this.message}`
  }
}

/** In the words of Docker's own parser. */
export const parseError = (line: number, message: string) =>
  new BuildError(`dockerfile parse error on line ${line}: ${message}`, line)
