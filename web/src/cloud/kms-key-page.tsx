import { useParams } from '@tanstack/react-router'
import { Button } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Loaded } from '../ui/states.tsx'
import { momentText } from '../ui/time.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import type { KeyMetadata } from './key-model.ts'
import { useChange, useRead } from './operate.ts'
import { CopyText, Facts, Section } from '../ui/pieces.tsx'

const WAIT_DAYS = 7

/** `/cloud/kms/<key id>`: its state, and what can be done with it. The key itself never leaves KMS. */
export function KmsKeyPage() {
  const { key: KeyId } = useParams({ strict: false }) as { key: string }
  const query = useRead<{ KeyMetadata: KeyMetadata }>('kms', 'describeKey', { KeyId })
  const key = query.data?.KeyMetadata
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/kms" name="KMS">
          {KeyId.slice(0, 8)}…
        </Trail>
      }
      note={key?.Description || t('console.oneKey')}
      actions={key?.KeyManager === 'CUSTOMER' && <KeyActions metadata={key} />}
    >
      <Loaded query={query}>
        {({ KeyMetadata: of }) => (
          <>
            <Facts
              items={[
                [t('cloud.state'), <StateBadge key="state" state={of.KeyState} />],
                [t('console.keySpec'), of.KeySpec],
                [t('console.keyUsage'), of.KeyUsage],
                [
                  t('console.rotation'),
                  <Rotation key="rotation" id={of.KeyId} spec={of.KeySpec} />,
                ],
                [t('console.goneAt'), of.DeletionDate && momentText(of.DeletionDate)],
                [t('cloud.created'), momentText(of.CreationDate)],
                [
                  'ARN',
                  <span key="arn" className="mono">
                    {of.Arn}
                  </span>,
                ],
              ]}
            />
            {of.KeySpec === 'SYMMETRIC_DEFAULT' && (
              <Section title={t('console.fromCode')}>
                <CopyText
                  text={`aws kms encrypt --key-id ${of.KeyId} --plaintext fileb://secret.txt --query CiphertextBlob --output text`}
                  label={t('cloud.command')}
                />
              </Section>
            )}
          </>
        )}
      </Loaded>
      <Calls service="kms" />
    </CloudFrame>
  )
}

function KeyActions({ metadata: { KeyId, KeyState } }: { metadata: KeyMetadata }) {
  const enable = useChange('kms', 'enableKey')
  const disable = useChange('kms', 'disableKey')
  const schedule = useChange('kms', 'scheduleKeyDeletion')
  const cancel = useChange('kms', 'cancelKeyDeletion')
  if (KeyState === 'PendingDeletion') {
    return (
      <Button loading={cancel.isPending} onClick={() => cancel.mutate({ KeyId })}>
        {t('console.keepKey')}
      </Button>
    )
  }
  const isOn = KeyState === 'Enabled'
  const turn = isOn ? disable : enable
  return (
    <>
      <Button variant="default" loading={turn.isPending} onClick={() => turn.mutate({ KeyId })}>
        {t(isOn ? 'console.switchOff' : 'console.switchOn')}
      </Button>
      <ConfirmButton
        label={t('ui.delete')}
        text={t('console.deleteKeyText', { count: WAIT_DAYS })}
        run={() => schedule.mutate({ KeyId, PendingWindowInDays: WAIT_DAYS })}
        isBusy={schedule.isPending}
      />
    </>
  )
}

function Rotation({ id: KeyId, spec }: { id: string; spec: string }) {
  const isPossible = spec === 'SYMMETRIC_DEFAULT'
  const query = useRead<{ KeyRotationEnabled?: boolean }>(
    'kms',
    'getKeyRotationStatus',
    { KeyId },
    { enabled: isPossible },
  )
  const on = useChange('kms', 'enableKeyRotation')
  const off = useChange('kms', 'disableKeyRotation')
  const isOn = query.data?.KeyRotationEnabled
  if (!isPossible || isOn === undefined) return <span className="dim">{t('console.off')}</span>
  const turn = isOn ? off : on
  return (
    <>
      {t(isOn ? 'console.everyYear' : 'console.off')}{' '}
      <Button
        size="compact-xs"
        variant="default"
        loading={turn.isPending}
        onClick={() => turn.mutate({ KeyId })}
      >
        {t(isOn ? 'console.switchOff' : 'console.switchOn')}
      </Button>
    </>
  )
}
