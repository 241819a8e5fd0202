import { useState } from 'react'
import { Alert, Button, FileButton, Progress, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { CallError } from '../api/call.ts'
import { upload } from '../api/upload.ts'
import { t } from '../i18n/index.ts'
import { useCurrentProject } from '../ui/current-project.ts'
import { objectAddress } from './object-address.ts'

interface Going {
  name: string
  /** From 0 to 1. */
  share: number
}

/** Files from this machine into a bucket, one after the other; one that is refused stops none of the rest. */
export function useUpload(bucket: string, prefix: string) {
  const project = useCurrentProject()
  const client = useQueryClient()
  const [going, setGoing] = useState<Going>()
  const [refused, setRefused] = useState<string[]>([])
  const put = async (file: File) => {
    const { name } = file
    const address = `${objectAddress(bucket, prefix + name)}?project=${project}`
    try {
      await upload(address, file, (share) => setGoing({ name, share }))
    } catch (error) {
      const reason = error instanceof CallError ? error.message : t('bucket.cutOff')
      setRefused((before) => [...before, t('bucket.uploadFailed', { name, reason })])
    }
  }
  const start = async (files: File[]) => {
    setRefused([])
    for (const file of files) {
      setGoing({ name: file.name, share: 0 })
      await put(file)
    }
    setGoing(undefined)
    await client.invalidateQueries()
  }
  return { start, going, refused }
}

type Uploading = ReturnType<typeof useUpload>

export function UploadButton({ uploading: { start, going } }: { uploading: Uploading }) {
  return (
    <FileButton multiple onChange={(files) => void start(files)}>
      {(given) => (
        <Button {...given} leftSection={<Upload size={16} />} loading={going !== undefined}>
          {t('bucket.upload')}
        </Button>
      )}
    </FileButton>
  )
}

/** How far the file under way is, and what was refused. */
export function UploadState({ uploading: { going, refused } }: { uploading: Uploading }) {
  const percent = going && Math.round(going.share * 100)
  return (
    <div aria-live="polite">
      {going && (
        <div className="card" style={{ padding: 14, marginBottom: 12 }}>
          <Text size="sm" className="ellipsis" mb={6}>
            {t('bucket.uploading', { name: going.name, percent })}
          </Text>
          <Progress value={percent ?? 0} aria-label={going.name} />
        </div>
      )}
      {refused.length > 0 && (
        <Alert color="red" mb="sm">
          {refused.map((line) => (
            <div key={line}>{line}</div>
          ))}
        </Alert>
      )}
    </div>
  )
}
