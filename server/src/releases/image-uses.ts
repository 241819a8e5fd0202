import type { ImageUse } from '@madang/api'
import type { Database } from '../kernel/index.ts'
import type { UsedImage } from '../registry/index.ts'
import type { DeploymentRow } from './migrations.ts'
import { page } from './model.ts'
import { detailsOf } from './present.ts'
import { currentDeployments } from './store.ts'

/** What runs now of the project whose stack names the image in an output or a parameter. */
export async function releasesOfImage(
  from: Pick<Database, 'tables'>,
  image: UsedImage,
): Promise<ImageUse[]> {
  const rows = await currentDeployments(from, image.project)
  return rows
    .filter(({ status }) => status !== 'removed')
    .flatMap((row) => {
      const named = namedBy(row, image)
      return named === undefined ? [] : [useOf(row, named === 'tag')]
    })
}

function namedBy(row: DeploymentRow, { repo, tags, digests }: UsedImage) {
  const { outputs, parameters } = detailsOf(row)
  const texts = [...Object.values(outputs), ...Object.values(parameters)]
  if (texts.some((text) => digests.some((digest) => text.includes(digest)))) return 'digest'
  // As clients name it: behind a host or alone, and whole (`gb/app:1` is not `gb/app:10`).
  const names = tags.map((tag) => `${repo}:${tag}`)
  const isNamed = texts.some((text) =>
    names.some((name) => text === name || text.endsWith(`/${name}`)),
  )
  return isNamed ? 'tag' : undefined
}

function useOf(row: DeploymentRow, isByTag: boolean): ImageUse {
  return {
    kind: 'release',
    name: row.stack_name,
    of: `${row.environment} · ${row.service} ${row.version}`,
    url: page.releases(row.project, row.environment),
    since: new Date(row.at).toISOString(),
    isByTag,
  }
}
