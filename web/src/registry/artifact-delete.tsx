import { type Artifact, registryEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { ArtifactRows } from './artifact-rows.tsx'
import type { OfArtifact } from './of-artifact.ts'

/** Back to the list: the page of what is gone would say only that. */
function useGone({ project }: Artifact) {
  const navigate = useNavigate()
  const stale = ['/api/projects/:project/artifacts']
  const done = () => void navigate({ to: '/p/$project/artifacts', params: { project } })
  return { stale, done }
}

export function ArtifactDelete({ artifact, file }: OfArtifact) {
  const { project, id, path, name, version } = artifact
  const remove = useAction(registryEndpoints.artifactDelete, useGone(artifact))
  const mayDelete = useMay('maintainer')
  if (!mayDelete || file === undefined) return null
  const said = { path, version: `${name} ${version}` }
  return (
    <ConfirmButton
      label={t('registry.deleteFile')}
      text={t(file.kind ? 'registry.deletePackageText' : 'registry.deleteFileText', said)}
      isBusy={remove.isPending}
      run={() => remove.mutate({ params: { project, artifact: id } })}
    />
  )
}

/** What was published together, and goes together. */
export function VersionFiles({ artifact, file }: OfArtifact) {
  const { project, id, name, version } = artifact
  const remove = useAction(registryEndpoints.artifactVersionDelete, useGone(artifact))
  const mayDelete = useMay('maintainer')
  const said = { version: `${name} ${version}` }
  const text = file?.kind ? 'registry.deletePackageVersionText' : 'registry.deleteVersionText'
  return (
    <Section
      title={t('registry.versionFiles', said)}
      right={
        mayDelete &&
        file && (
          <ConfirmButton
            size="xs"
            label={t('registry.deleteVersion')}
            text={t(text, said)}
            isBusy={remove.isPending}
            run={() => remove.mutate({ params: { project, artifact: id } })}
          />
        )
      }
    >
      <ArtifactRows
        project={project}
        filter={{ name, version }}
        emptyTitle={t('registry.none')}
        emptyText={t('registry.noneText')}
      />
    </Section>
  )
}
