import type { Repo } from '@madang/api'

export interface OfRepo {
  repo: Repo
  params: { project: string; repo: string }
}
