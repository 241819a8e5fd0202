import type { CodeParts } from '../code.ts'
import { type HostKey, readHostKeys } from './host-keys.ts'
import { keyRoutes } from './routes.ts'
import { startSshServer } from './server.ts'
import { keyMigrations } from '../keys/index.ts'

/** git over SSH, and the keys it knows people and machines by. */
export interface Ssh {
  /** Binds its port and gives `ssh://git@host:port`; undefined when it is switched off. */
  listen(origin: string): Promise<string | undefined>
}

export async function createSsh(parts: CodeParts): Promise<Ssh> {
  const { kernel } = parts.context
  await kernel.database.migrate('code-ssh', keyMigrations)
  let url: string | undefined
  let read: HostKey[] | undefined
  const hostKeys = () => (read ??= readHostKeys(kernel))
  kernel.http.add(keyRoutes(parts.context, () => ({ url, hostKeys })))
  return {
    async listen(origin) {
      const { ssh, sshPort, host } = kernel.config
      if (!ssh) return undefined
      const server = await startSshServer(parts, { port: sshPort, origin, hostKeys })
      kernel.onStop(() => server.stop())
      url = `ssh://git@${host.includes(':') ? `[${host}]` : host}:${server.port}`
      return url
    },
  }
}
