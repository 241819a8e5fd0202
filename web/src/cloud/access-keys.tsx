import { Alert, Badge, Button, Stack, Text } from '@mantine/core'
import { KeyRound, Plus } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { useChange, useRead } from './operate.ts'
import { CopyText, Section } from '../ui/pieces.tsx'

interface AccessKey {
  AccessKeyId: string
  Status: 'Active' | 'Inactive'
  CreateDate: string
}

interface NewKey {
  AccessKey: { AccessKeyId: string; SecretAccessKey: string }
}

/** A user's own keys: made, switched off, deleted. */
export function AccessKeys({ user }: { user: string }) {
  const input = { UserName: user }
  const query = useRead<{ AccessKeyMetadata?: AccessKey[] }>('iam', 'listAccessKeys', input)
  const create = useChange<NewKey>('iam', 'createAccessKey')
  return (
    <Section
      title={t('console.accessKeys')}
      right={
        <Button
          variant="default"
          leftSection={<Plus size={16} />}
          loading={create.isPending}
          onClick={() => create.mutate(input)}
        >
          {t('console.newKey')}
        </Button>
      }
    >
      <Text size="sm" className="dim" mb="sm">
        {t('console.accessKeysText')}
      </Text>
      {create.data && (
        <Stack gap="sm" mb="sm">
          <Alert color="yellow">{t('console.keyOnce')}</Alert>
          <CopyText text={linesOf(create.data)} label={t('console.newKey')} />
        </Stack>
      )}
      <Loaded query={query} lines={2}>
        {({ AccessKeyMetadata: keys = [] }) =>
          keys.length > 0 && (
            <div className="card rows">
              {keys.map((key) => (
                <KeyRow key={key.AccessKeyId} user={user} entry={key} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  )
}

const linesOf = ({ AccessKey: { AccessKeyId, SecretAccessKey } }: NewKey) =>
  `AWS_ACCESS_KEY_ID=${AccessKeyId}\nAWS_SECRET_ACCESS_KEY=${SecretAccessKey}`

function KeyRow({ user, entry }: { user: string; entry: AccessKey }) {
  const { AccessKeyId, Status, CreateDate } = entry
  const update = useChange('iam', 'updateAccessKey')
  const remove = useChange('iam', 'deleteAccessKey')
  const isActive = Status === 'Active'
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <KeyRound size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow">
        <Text className="mono ellipsis">{AccessKeyId}</Text>
        <Text size="sm" className="dim">
          <Ago at={CreateDate} />
        </Text>
      </div>
      <Badge variant="light" radius="sm" tt="none" color={isActive ? 'celadon' : 'gray'}>
        {t(isActive ? 'console.keyActive' : 'console.keyInactive')}
      </Badge>
      <Button
        size="xs"
        variant="default"
        loading={update.isPending}
        onClick={() =>
          update.mutate({ UserName: user, AccessKeyId, Status: isActive ? 'Inactive' : 'Active' })
        }
      >
        {t(isActive ? 'console.switchOff' : 'console.switchOn')}
      </Button>
      <ConfirmButton
        size="xs"
        label={t('ui.delete')}
        text={t('console.keyDeleteText', { name: AccessKeyId })}
        run={() => remove.mutate({ UserName: user, AccessKeyId })}
        isBusy={remove.isPending}
      />
    </div>
  )
}
