import { useState } from 'react'
import { codeEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { Trash2 } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import type { OfRepo } from './of-repo.ts'

/** All of a repository's history goes, so its name is typed first. */
export function RepoDelete({ repo, params }: OfRepo) {
  const [isAsking, setAsking] = useState(false)
  const [typed, setTyped] = useState('')
  const navigate = useNavigate()
  const remove = useAction(codeEndpoints.repoDelete, {
    quiet: true,
    stale: ['/api/projects/:project/repos'],
    done: () => void navigate({ to: '/p/$project/code', params: { project: repo.project } }),
  })
  const isSame = typed.trim() === repo.name
  return (
    <Section title={t('repo.danger')}>
      <div className="card">
        <div className="row" style={{ flexWrap: 'wrap' }}>
          <div className="grow" style={{ flexBasis: 220 }}>
            <Text fw={600}>{t('repo.delete')}</Text>
            <Text size="sm" className="dim">
              {t('repo.deleteNote')}
            </Text>
          </div>
          <Button
            variant="default"
            leftSection={<Trash2 size={16} />}
            onClick={() => setAsking(true)}
          >
            {t('repo.delete')}
          </Button>
        </div>
      </div>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={t('repo.delete')}>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (isSame) remove.mutate({ params })
          }}
        >
          <Stack gap="sm">
            {remove.error && <Alert color="red">{remove.error.message}</Alert>}
            <Text>{t('repo.deleteText', { name: repo.name })}</Text>
            <TextInput
              label={t('repo.deleteType', { name: repo.name })}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsking(false)}>
                {t('ui.cancel')}
              </Button>
              <Button type="submit" color="red" disabled={!isSame} loading={remove.isPending}>
                {t('repo.delete')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Section>
  )
}
