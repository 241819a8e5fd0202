import type { ApiSource, Source } from './model.ts'
import type { SourceApi } from './source-http.ts'

type OpenSource = (api: SourceApi, given: { host: string; path: string }) => Source

/** Each host's API, read by the first import that needs it: their shapes cost a start 20 ms. */
export const sources: Record<ApiSource, () => Promise<OpenSource>> = {
  github: async () => (await import('./source-github.ts')).githubSource,
  gitlab: async () => (await import('./source-gitlab.ts')).gitlabSource,
  bitbucketServer: async () => (await import('./source-bitbucket-server.ts')).bitbucketServerSource,
  bitbucket: async () => (await import('./source-bitbucket.ts')).bitbucketSource,
}
