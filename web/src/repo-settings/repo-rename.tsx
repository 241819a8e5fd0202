import { useState } from 'react'
import { codeEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Button, Text, TextInput } from '@mantine/core'
import { Pencil } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { Section } from '../ui/pieces.tsx'
import type { OfRepo } from './of-repo.ts'

/** Another name means another address, so what happens to the old one is said first. */
export function RepoRename({ repo, params }: OfRepo) {
  const [isAsking, setAsking] = useState(false)
  const [name, setName] = useState(repo.name)
  const navigate = useNavigate()
  const rename = useAction(codeEndpoints.repoUpdate, {
    quiet: true,
    done: ({ name: next }) => {
      setAsking(false)
      void navigate({
        to: '/p/$project/code/$repo/settings',
        params: { project: repo.project, repo: next },
        replace: true,
      })
    },
  })
  const begin = () => {
    rename.reset()
    setName(repo.name)
    setAsking(true)
  }
  return (
    <Section title={t('repo.name')}>
      <div className="card">
        <div className="row" style={{ flexWrap: 'wrap' }}>
          <div className="grow" style={{ flexBasis: 220 }}>
            <Text fw={600} className="mono">
              {repo.name}
            </Text>
            <Text size="sm" className="dim">
              {repo.madeAs === repo.name
                ? t('repo.nameNote')
                : t('repo.nameMadeAs', { name: repo.madeAs })}
            </Text>
          </div>
          <Button variant="default" leftSection={<Pencil size={16} />} onClick={begin}>
            {t('repo.rename')}
          </Button>
        </div>
      </div>
      <FormDialog
        title={t('repo.renameTitle', { name: repo.name })}
        isOpen={isAsking}
        close={() => setAsking(false)}
        submit={() => rename.mutate({ params, body: { name: name.trim() } })}
        label={t('repo.rename')}
        isBusy={rename.isPending}
        error={rename.error}
      >
        <TextInput
          label={t('repo.newName')}
          autoComplete="off"
          spellCheck={false}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Text size="sm" className="dim">
          {t('repo.renameText', { name: repo.name })}
        </Text>
      </FormDialog>
    </Section>
  )
}
