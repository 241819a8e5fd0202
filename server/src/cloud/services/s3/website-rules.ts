import type { OutgoingHttp } from '../../gateway/index.ts'
import type { WebsiteConfiguration } from './sdk-shapes.ts'

type Rule = NonNullable<WebsiteConfiguration['RoutingRules']>[number]

export const redirectTo = (status: number, location: string): OutgoingHttp => ({
  status,
  headers: [
    ['Location', location],
    ['Content-Length', '0'],
  ],
})

/** A rule by the key alone, asked before the object. `root` is the site's own URL. */
export function routeBefore(
  website: WebsiteConfiguration,
  key: string,
  root: string,
): OutgoingHttp | undefined {
  const rule = website.RoutingRules?.find(
    ({ Condition }) =>
      Condition?.HttpErrorCodeReturnedEquals === undefined &&
      key.startsWith(Condition?.KeyPrefixEquals ?? ''),
  )
  return rule && follow(rule, key, root)
}

/** A rule by what went wrong. */
export function routeOnError(
  website: WebsiteConfiguration,
  key: string,
  status: number,
  root: string,
): OutgoingHttp | undefined {
  const rule = website.RoutingRules?.find(
    ({ Condition }) =>
      Condition?.HttpErrorCodeReturnedEquals === String(status) &&
      key.startsWith(Condition.KeyPrefixEquals ?? ''),
  )
  return rule && follow(rule, key, root)
}

function follow({ Redirect, Condition }: Rule, key: string, root: string): OutgoingHttp {
  const prefix = Condition?.KeyPrefixEquals ?? ''
  const target =
    Redirect?.ReplaceKeyWith ??
    (Redirect?.ReplaceKeyPrefixWith === undefined
      ? key
      : Redirect.ReplaceKeyPrefixWith + key.slice(prefix.length))
  const status = Number(Redirect?.HttpRedirectCode ?? 301)
  const { protocol, host, pathname } = new URL(root)
  const scheme = Redirect?.Protocol ?? protocol.slice(0, -1)
  if (Redirect?.HostName) {
    return redirectTo(status, `${scheme}://${Redirect.HostName}/${encodeURI(target)}`)
  }
  return redirectTo(status, `${scheme}://${host}${pathname}${encodeURI(target)}`)
}
