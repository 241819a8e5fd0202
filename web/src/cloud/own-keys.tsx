import { useState } from 'react'
import { cloudEndpoints, type CloudKeys } from '@madang/api'
import { Alert, Button, NumberInput, SegmentedControl, Stack, Text } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useCurrentProject } from '../ui/current-project.ts'
import { momentText } from '../ui/time.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'

const HOURS = 8
const kinds = ['shell', 'profile'] as const
type Kind = (typeof kinds)[number]

/** Keys of one's own for AWS clients: what they change is known to be this person's. */
export function OwnKeys() {
  const project = useCurrentProject()
  const [hours, setHours] = useState<number>(HOURS)
  const make = useAction(cloudEndpoints.cloudKeysCreate, { stale: [] })
  if (!project) return null
  return (
    <Section title={t('console.keys')}>
      <Text size="sm" className="dim" mb="sm">
        {t('console.keysText', { project })}
      </Text>
      {make.data ? (
        <KeysShown keys={make.data} />
      ) : (
        <form
          style={{ display: 'flex', gap: 10, alignItems: 'flex-end', flexWrap: 'wrap' }}
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate({ params: { project }, body: { hours } })
          }}
        >
          <NumberInput
            label={t('console.keysHours')}
            min={1}
            max={12}
            w={150}
            value={hours}
            onChange={(value) => setHours(Number(value) || HOURS)}
          />
          <Button type="submit" leftSection={<KeyRound size={16} />} loading={make.isPending}>
            {t('console.makeKeys')}
          </Button>
        </form>
      )}
    </Section>
  )
}

function KeysShown({ keys }: { keys: CloudKeys }) {
  const [kind, setKind] = useState<Kind>('shell')
  const data = kinds.map((value) => ({ value, label: t(`cloud.connect_${value}`) }))
  return (
    <Stack gap="sm">
      <Alert color="yellow">{t('console.keysOnce', { when: momentText(keys.expiresAt) })}</Alert>
      <SegmentedControl
        size="xs"
        style={{ alignSelf: 'flex-start' }}
        data={data}
        value={kind}
        onChange={(value) => setKind(value as Kind)}
        aria-label={t('console.keys')}
      />
      <CopyText text={texts[kind](keys)} label={t(`cloud.connect_${kind}`)} />
    </Stack>
  )
}

const texts: Record<Kind, (keys: CloudKeys) => string> = {
  shell: (keys) => `export AWS_ENDPOINT_URL=${keys.endpointUrl}
export AWS_REGION=${keys.region}
export AWS_DEFAULT_REGION=${keys.region}
export AWS_ACCESS_KEY_ID=${keys.accessKeyId}
export AWS_SECRET_ACCESS_KEY=${keys.secretAccessKey}
export AWS_SESSION_TOKEN=${keys.sessionToken}

aws sts get-caller-identity`,
  profile: (keys) => `# ~/.aws/config
[profile madang]
region = ${keys.region}
endpoint_url = ${keys.endpointUrl}

# ~/.aws/credentials
[madang]
aws_access_key_id = ${keys.accessKeyId}
aws_secret_access_key = ${keys.secretAccessKey}
aws_session_token = ${keys.sessionToken}`,
}
