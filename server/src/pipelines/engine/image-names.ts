import { hostError } from '../groovy/index.ts'
import type { Scope } from './scope.ts'

/** An image's name without its tag, and the tag (`latest` where it has none). */
export function imageNameOf(id: string): { repository: string; tag: string } {
  const at = id.indexOf('@')
  const name = at < 0 ? id : id.slice(0, at)
  const colon = name.lastIndexOf(':')
  if (colon < 0 || name.includes('/', colon)) return { repository: name, tag: 'latest' }
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) }
}

/** The name with the host of the registry that `withRegistry` set, as the engine takes it. */
export function qualified(scope: Scope, id: string): string {
  const url = scope.environment.get('DOCKER_REGISTRY_URL')
  if (!url || !URL.canParse(url)) return id
  const { host } = new URL(url)
  const isHub = host === 'index.docker.io' || host === 'registry-1.docker.io'
  return isHub || id.startsWith(`${host}/`) ? id : `${host}/${id}`
}

const NAME =
  /^[\w.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/

export function validImageName(id: string): void {
  if (NAME.test(id)) return
  throw hostError('java.lang.IllegalArgumentException', `"${id}" is not a valid image name.`)
}
