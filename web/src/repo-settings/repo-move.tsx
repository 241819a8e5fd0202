import { useState } from 'react'
import { codeEndpoints, identityEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Button, Select, Text } from '@mantine/core'
import { FolderInput } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { Section } from '../ui/pieces.tsx'
import type { OfRepo } from './of-repo.ts'

/** Another project means other people, so what goes along and what stays is said first. */
export function RepoMove({ repo, params }: OfRepo) {
  const [isAsking, setAsking] = useState(false)
  const [project, setProject] = useState<string | null>(null)
  const navigate = useNavigate()
  const known = useEndpoint(identityEndpoints.projectList, {}).data?.items ?? []
  const others = known.filter(({ key, role }) => key !== repo.project && role === 'maintainer')
  const move = useAction(codeEndpoints.repoMove, {
    quiet: true,
    done: (moved) => {
      setAsking(false)
      void navigate({
        to: '/p/$project/code/$repo/settings',
        params: { project: moved.project, repo: moved.name },
        replace: true,
      })
    },
  })
  const begin = () => {
    move.reset()
    setProject(null)
    setAsking(true)
  }
  return (
    <Section title={t('repo.place')}>
      <div className="card">
        <div className="row" style={{ flexWrap: 'wrap' }}>
          <div className="grow" style={{ flexBasis: 220 }}>
            <Text fw={600} className="mono">
              {repo.project}
            </Text>
            <Text size="sm" className="dim">
              {t('repo.placeNote')}
            </Text>
          </div>
          <Button variant="default" leftSection={<FolderInput size={16} />} onClick={begin}>
            {t('repo.move')}
          </Button>
        </div>
      </div>
      <FormDialog
        title={t('repo.moveTitle', { name: repo.name })}
        isOpen={isAsking}
        close={() => setAsking(false)}
        submit={() => project !== null && move.mutate({ params, body: { project } })}
        label={t('repo.move')}
        isBusy={move.isPending}
        isComplete={project !== null}
        error={move.error}
      >
        <Select
          label={t('repo.moveTo')}
          required
          data-autofocus
          data={others.map(({ key, name }) => ({ value: key, label: `${key} · ${name}` }))}
          description={others.length === 0 ? t('repo.moveNone') : undefined}
          disabled={others.length === 0}
          value={project}
          onChange={setProject}
        />
        <Text size="sm" className="dim">
          {t('repo.moveText', { name: repo.name, project: repo.project })}
        </Text>
      </FormDialog>
    </Section>
  )
}
