/** Environment variables as layers: what is set further in hides what is set further out. */
export class Environment {
  readonly #parent: Environment | undefined
  readonly #values: Map<string, string>
  /** Names that are not set any more, whatever lies further out. */
  readonly #unset = new Set<string>()
  /** Names of this layer whose values are secrets. */
  readonly #secrets = new Set<string>()

  constructor(values: Iterable<[string, string]> = [], parent?: Environment) {
    this.#values = new Map(values)
    this.#parent = parent
  }

  get(name: string): string | undefined {
    if (this.#unset.has(name)) return undefined
    return this.#values.get(name) ?? this.#parent?.get(name)
  }

  set(name: string, value: string): void {
    this.#unset.delete(name)
    this.#values.set(name, value)
  }

  /**
   * A layer on top; `PATH+NAME=dir` puts a folder before the others, as `withEnv` has it, and
   * `NAME=` leaves the variable without a value, which is to say unset.
   */
  with(entries: Iterable<[string, string]>): Environment {
    const layer = new Environment([], this)
    for (const [name, value] of entries) {
      if (value === '') {
        layer.#values.delete(name)
        layer.#unset.add(name)
        continue
      }
      const base = /^(.+?)\+/.exec(name)?.[1]
      const before = base === undefined ? undefined : layer.get(base)
      layer.set(base ?? name, before ? `${value}:${before}` : value)
    }
    return layer
  }

  /** A layer of which some variables are secrets. */
  withSecrets(entries: Iterable<[string, string]>, secrets: Iterable<string>): Environment {
    const layer = this.with(entries)
    for (const name of secrets) layer.#secrets.add(name)
    return layer
  }

  /** Names of the secrets that these texts hold, in order of their names. */
  secretsIn(texts: readonly string[]): string[] {
    const found = new Set(this.#parent?.secretsIn(texts))
    for (const name of this.#secrets) {
      const value = this.#values.get(name) ?? ''
      if (value !== '' && texts.some((text) => text.includes(value))) found.add(name)
    }
    return [...found].sort()
  }

  all(): Record<string, string> {
    const outer = Object.entries(this.#parent?.all() ?? {})
    const kept = outer.filter(([name]) => !this.#unset.has(name))
    return { ...Object.fromEntries(kept), ...Object.fromEntries(this.#values) }
  }
}

const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|TERM|DOCKER_HOST|JAVA_HOME|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/

/** What programs of a run inherit from the server: never its own settings and credentials. */
export function inheritedEnvironment(
  own: NodeJS.ProcessEnv,
  nodeFolder: string,
): Record<string, string> {
  const passed = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]),
  )
  const result = Object.fromEntries(passed)
  const path = result['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  // Where the machine has no Node of its own, runs find the one that Madang runs on.
  const isThere = path.split(':').includes(nodeFolder)
  return { ...result, PATH: isThere ? path : `${path}:${nodeFolder}` }
}
