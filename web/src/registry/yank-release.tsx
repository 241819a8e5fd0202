import { useState } from 'react'
import { packageEndpoints } from '@madang/api'
import { Alert, Button, Text, TextInput } from '@mantine/core'
import { Ban, Undo2 } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { useMay } from '../ui/role.ts'
import type { OfArtifact } from './of-artifact.ts'

/** What package managers tell whoever asks for it. */
export function PackageState({ file }: Pick<OfArtifact, 'file'>) {
  const { yanked, deprecated } = file ?? {}
  const texts = [
    yanked !== undefined &&
      (yanked === '' ? t('registry.yanked') : t('registry.yankedWhy', { reason: yanked })),
    deprecated !== undefined && t('registry.deprecated', { text: deprecated }),
  ]
  return texts.map(
    (text) =>
      text !== false && (
        <Alert key={text} color="yellow" mb="md">
          {text}
        </Alert>
      ),
  )
}

/** Of Python's releases only: what yanking is for others, npm calls deprecating and does itself. */
export function YankRelease({ artifact, file }: OfArtifact) {
  const { project, id, name, version } = artifact
  const [isAsking, setAsking] = useState(false)
  const [reason, setReason] = useState('')
  const mayYank = useMay('developer')
  const yank = useAction(packageEndpoints.packageYank, {
    quiet: isAsking,
    done: () => setAsking(false),
  })
  if (!mayYank || file?.kind !== 'pypi') return null
  const set = (next: string | null) =>
    yank.mutate({ params: { project, artifact: id }, body: { reason: next } })
  const begin = () => {
    yank.reset()
    setReason('')
    setAsking(true)
  }
  const isYanked = file.yanked !== undefined
  return (
    <>
      <Button
        variant="default"
        loading={yank.isPending}
        leftSection={isYanked ? <Undo2 size={16} /> : <Ban size={16} />}
        onClick={() => (isYanked ? set(null) : begin())}
      >
        {t(isYanked ? 'registry.yankBack' : 'registry.yank')}
      </Button>
      <FormDialog
        title={t('registry.yank')}
        isOpen={isAsking}
        close={() => setAsking(false)}
        submit={() => set(reason.trim())}
        label={t('registry.yank')}
        isBusy={yank.isPending}
        error={yank.error}
      >
        <Text size="sm">{t('registry.yankNote', { version: `${name} ${version}` })}</Text>
        <TextInput
          label={t('registry.yankReason')}
          placeholder={t('registry.yankReasonHint')}
          maxLength={200}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </FormDialog>
    </>
  )
}
