import { useSyncExternalStore } from 'react'
import { cloudEndpoints } from '@madang/api'
import { useEndpoint } from '../api/hooks.ts'

const KEPT = 'madang.region'
const heard = new Set<() => void>()

/** Of this tab: another may look at another region. */
export function setRegion(region: string | undefined): void {
  if (region === undefined) sessionStorage.removeItem(KEPT)
  else sessionStorage.setItem(KEPT, region)
  heard.forEach((listener) => listener())
}

/** The region that the cloud's pages show, for a query; empty while it is the server's own. */
export function useRegion(): { region?: string } {
  const region = useSyncExternalStore(listen, () => sessionStorage.getItem(KEPT))
  return region === null ? {} : { region }
}

/** The server's own region; undefined until it has said so. */
export function useOwnRegion(): string | undefined {
  return useEndpoint(cloudEndpoints.cloudGet, {}).data?.region
}

/** The region that the pages show, by its name. */
export function useShownRegion(): string | undefined {
  const own = useOwnRegion()
  return useRegion().region ?? own
}

function listen(listener: () => void): () => void {
  heard.add(listener)
  return () => heard.delete(listener)
}

/** AWS's regions that need no opting in, and Seoul's neighbours. */
export const regions = [
  'ap-northeast-2',
  'ap-northeast-1',
  'ap-northeast-3',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-south-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
]
