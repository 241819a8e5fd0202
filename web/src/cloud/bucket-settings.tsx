import { type CloudBucketSettings, cloudEndpoints } from '@madang/api'
import { Switch, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { Loaded } from '../ui/states.tsx'
import { useChange } from './operate.ts'
import { SettingChange } from './setting-change.tsx'

interface Of {
  bucket: string
  settings: CloudBucketSettings
}

/** What a bucket does by itself, each with a sentence on what that means for this one. */
export function BucketSettings({ bucket }: { bucket: string }) {
  const query = useEndpoint(cloudEndpoints.cloudBucketGet, { params: { bucket } })
  return (
    <Section title={t('bucket.settings')}>
      <Loaded query={query} lines={5}>
        {(settings) => (
          <div className="card rows">
            <Versioning bucket={bucket} settings={settings} />
            <PublicAccess bucket={bucket} settings={settings} />
            <Bus bucket={bucket} settings={settings} />
            <Expiry bucket={bucket} settings={settings} />
            <Inventory bucket={bucket} settings={settings} />
          </div>
        )}
      </Loaded>
    </Section>
  )
}

interface SwitchProps {
  label: string
  text: string
  isOn: boolean
  isBusy: boolean
  turn: (isOn: boolean) => void
}

function SettingSwitch({ label, text, isOn, isBusy, turn }: SwitchProps) {
  const mayChange = useMay('developer')
  return (
    <div className="row">
      <Switch
        className="grow"
        label={label}
        description={text}
        checked={isOn}
        disabled={!mayChange || isBusy}
        onChange={(event) => turn(event.currentTarget.checked)}
      />
    </div>
  )
}

function Versioning({ bucket, settings: { versioning } }: Of) {
  const change = useChange('s3', 'putBucketVersioning')
  return (
    <SettingSwitch
      label={t('bucket.versioning')}
      text={t(versioning === 'Suspended' ? 'bucket.versioningPaused' : 'bucket.versioningText', {
        bucket,
      })}
      isOn={versioning === 'Enabled'}
      isBusy={change.isPending}
      turn={(isOn) =>
        change.mutate({
          Bucket: bucket,
          VersioningConfiguration: { Status: isOn ? 'Enabled' : 'Suspended' },
        })
      }
    />
  )
}

function PublicAccess({ bucket, settings }: Of) {
  const change = useChange('s3', 'putPublicAccessBlock')
  return (
    <SettingSwitch
      label={t('bucket.publicBlocked')}
      text={t('bucket.publicBlockedText', { bucket })}
      isOn={settings.isPublicBlocked}
      isBusy={change.isPending}
      turn={(isOn) =>
        change.mutate({
          Bucket: bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: isOn,
            IgnorePublicAcls: isOn,
            BlockPublicPolicy: isOn,
            RestrictPublicBuckets: isOn,
          },
        })
      }
    />
  )
}

function Bus({ bucket, settings }: Of) {
  const change = useChange('s3', 'putBucketNotificationConfiguration')
  const { EventBridgeConfiguration: bus, ...others } = settings.notification
  return (
    <SettingSwitch
      label={t('bucket.tellsBus')}
      text={t('bucket.tellsBusText', { bucket })}
      isOn={bus !== undefined}
      isBusy={change.isPending}
      turn={(isOn) =>
        change.mutate({
          Bucket: bucket,
          // The others were checked when they were made.
          SkipDestinationValidation: true,
          NotificationConfiguration: {
            ...others,
            ...(isOn && { EventBridgeConfiguration: {} }),
          },
        })
      }
    />
  )
}

/** The one rule, and the one report, this page makes; those made elsewhere stay beside it. */
const OWN = 'madang-console'

interface Rule {
  ID?: string
  Status?: string
  Expiration?: { Days?: number }
}

function Expiry({ bucket, settings }: Of) {
  const rules = settings.lifecycleRules as Rule[]
  const own = rules.find(({ ID, Status }) => ID === OWN && Status === 'Enabled')
  const days = String(own?.Expiration?.Days ?? 0)
  const others = rules.filter(({ ID }) => ID !== OWN)
  return (
    <div className="row">
      <SettingText
        label={t('bucket.expiry')}
        text={own ? t('bucket.expiryOn', { bucket, days }) : t('bucket.expiryText', { bucket })}
        others={others.length}
      />
      <SettingChange
        size="xs"
        label={t('bucket.expiryChange')}
        service="s3"
        operation="putBucketLifecycleConfiguration"
        fields={[
          {
            name: 'days',
            label: t('bucket.expiryDays'),
            hint: t('bucket.expiryHint'),
            value: days,
            kind: 'number',
          },
        ]}
        input={(values) => {
          const given = Number(values['days'])
          const rule = {
            ID: OWN,
            Filter: {},
            Status: given === 0 ? 'Disabled' : 'Enabled',
            Expiration: { Days: given === 0 ? 1 : given },
          }
          return { Bucket: bucket, LifecycleConfiguration: { Rules: [...others, rule] } }
        }}
      />
    </div>
  )
}

interface Report {
  Id?: string
  IsEnabled?: boolean
  Destination?: { S3BucketDestination?: { Bucket?: string } }
}

function Inventory({ bucket, settings }: Of) {
  const reports = settings.inventories as Report[]
  const own = reports.find(({ Id, IsEnabled }) => Id === OWN && IsEnabled)
  const target = own?.Destination?.S3BucketDestination?.Bucket?.split(':').at(-1) ?? ''
  return (
    <div className="row">
      <SettingText
        label={t('bucket.inventory')}
        text={
          own ? t('bucket.inventoryOn', { bucket, target }) : t('bucket.inventoryText', { bucket })
        }
        others={reports.filter(({ Id }) => Id !== OWN).length}
      />
      <SettingChange
        size="xs"
        label={t('bucket.inventoryChange')}
        service="s3"
        operation="putBucketInventoryConfiguration"
        fields={[
          {
            name: 'target',
            label: t('bucket.inventoryTarget'),
            hint: t('bucket.inventoryHint'),
            value: target,
          },
        ]}
        input={({ target: to = '' }) => ({
          Bucket: bucket,
          Id: OWN,
          InventoryConfiguration: {
            Id: OWN,
            IsEnabled: to !== '',
            IncludedObjectVersions: 'Current',
            Schedule: { Frequency: 'Daily' },
            OptionalFields: ['Size', 'LastModifiedDate', 'ETag', 'StorageClass'],
            Destination: {
              S3BucketDestination: {
                Bucket: `arn:aws:s3:::${to || target || bucket}`,
                Format: 'CSV',
                Prefix: 'inventory',
              },
            },
          },
        })}
      />
    </div>
  )
}

function SettingText({ label, text, others }: { label: string; text: string; others: number }) {
  return (
    <div className="grow">
      <Text size="sm">{label}</Text>
      <Text size="xs" className="dim">
        {text} {others > 0 && t('bucket.others', { count: others })}
      </Text>
    </div>
  )
}
