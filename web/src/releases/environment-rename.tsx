import { useState } from 'react'
import { type Environment, releasesEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Button, Text, TextInput } from '@mantine/core'
import { Pencil } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { useMay } from '../ui/role.ts'

/** Another name for an environment; what names it by the old one means it still. */
export function EnvironmentRename({ environment }: { environment: Environment }) {
  const { project, name } = environment
  const [isAsking, setAsking] = useState(false)
  const [next, setNext] = useState(name)
  const maySet = useMay('maintainer')
  const navigate = useNavigate()
  const rename = useAction(releasesEndpoints.environmentRename, {
    quiet: true,
    done: (made) => {
      setAsking(false)
      void navigate({
        to: '/p/$project/releases/$environment',
        params: { project, environment: made.name },
        replace: true,
      })
    },
  })
  if (!maySet) return null
  const begin = () => {
    rename.reset()
    setNext(name)
    setAsking(true)
  }
  return (
    <>
      <Button variant="default" leftSection={<Pencil size={16} />} onClick={begin}>
        {t('releases.rename')}
      </Button>
      <FormDialog
        title={t('releases.renameTitle', { name })}
        isOpen={isAsking}
        close={() => setAsking(false)}
        submit={() =>
          rename.mutate({ params: { project, environment: name }, body: { name: next.trim() } })
        }
        label={t('releases.rename')}
        isBusy={rename.isPending}
        error={rename.error}
      >
        <TextInput
          label={t('releases.newName')}
          autoComplete="off"
          spellCheck={false}
          required
          maxLength={200}
          data-autofocus
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <Text size="sm" className="dim">
          {t('releases.renameText', { name })}
        </Text>
      </FormDialog>
    </>
  )
}
