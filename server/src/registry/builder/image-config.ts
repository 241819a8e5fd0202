/** A config file of an image, as far as a build reads and makes it (OCI image specification 1.1). */
export interface ImageConfig {
  created?: string
  author?: string
  architecture: string
  os: string
  variant?: string
  config: ContainerConfig
  rootfs: { type: 'layers'; diff_ids: string[] }
  history?: HistoryEntry[]
}

export interface ContainerConfig {
  User?: string
  ExposedPorts?: Record<string, object>
  Env?: string[] | null
  Entrypoint?: string[] | null
  Cmd?: string[] | null
  Healthcheck?: Healthcheck
  Volumes?: Record<string, object> | null
  WorkingDir?: string
  Labels?: Record<string, string> | null
  StopSignal?: string
  OnBuild?: string[] | null
  Shell?: string[]
}

/** Durations in nanoseconds. */
export interface Healthcheck {
  Test: string[]
  Interval?: number
  Timeout?: number
  StartPeriod?: number
  StartInterval?: number
  Retries?: number
}

export interface HistoryEntry {
  created?: string
  created_by?: string
  comment?: string
  empty_layer?: boolean
}

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What `FROM scratch` begins with, as Docker's BuildKit has it. */
export function emptyConfig(platform: { os: string; architecture: string }): ImageConfig {
  return {
    ...platform,
    config: { Env: [`PATH=${DEFAULT_PATH}`], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  }
}

/** `Env` as names and values, in order. */
export function envOf(config: ContainerConfig): Map<string, string> {
  return new Map(
    (config.Env ?? []).map((text) => {
      const at = text.indexOf('=')
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

export function setEnv(config: ContainerConfig, name: string, value: string): void {
  const env = envOf(config).set(name, value)
  config.Env = [...env].map(([key, text]) => `${key}=${text}`)
}
