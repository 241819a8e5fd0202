import { useState } from 'react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Button, Text } from '@mantine/core'
import { Eye, Pencil } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { CopyText, Facts, Section } from '../ui/pieces.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { momentText } from '../ui/time.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { useChange, useRead } from './operate.ts'
import { ForChangers } from './setting-change.tsx'
import { type ParameterFacts, ValueInput } from './ssm-page.tsx'

/** `/cloud/ssm/<name>`: what is known of a parameter; its value only for those who may ask for it. */
export function ParameterPage() {
  const { parameter: Name } = useParams({ strict: false }) as { parameter: string }
  const [isChanging, setChanging] = useState(false)
  const query = useRead<{ Parameters?: ParameterFacts[] }>('ssm', 'describeParameters', {
    ParameterFilters: [{ Key: 'Name', Values: [Name] }],
  })
  const navigate = useNavigate()
  const remove = useChange('ssm', 'deleteParameter', {
    done: () => void navigate({ to: '/cloud/ssm' }),
  })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/ssm" name="SSM">
          {Name}
        </Trail>
      }
      note={t('store.oneParameter')}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<Pencil size={16} />}
            onClick={() => setChanging(true)}
          >
            {t('store.newValue')}
          </Button>
          <ConfirmButton
            label={t('ui.delete')}
            text={t('store.deleteParameterText', { name: Name })}
            run={() => remove.mutate({ Name })}
            isBusy={remove.isPending}
          />
        </>
      }
    >
      <Loaded query={query}>
        {({ Parameters = [] }) => {
          const of = Parameters.find((one) => one.Name === Name)
          if (!of) return <Empty title={t('store.goneParameter')} text={t('store.goneText')} />
          return (
            <>
              <ParameterFactsList of={of} />
              <ForChangers>
                <ValueShown key={of.Version} name={Name} />
              </ForChangers>
            </>
          )
        }}
      </Loaded>
      <Calls service="ssm" />
      {isChanging && <ValueChange name={Name} close={() => setChanging(false)} />}
    </CloudFrame>
  )
}

function ParameterFactsList({ of }: { of: ParameterFacts }) {
  return (
    <Facts
      items={[
        [t('store.type'), t(`store.type_${of.Type}`)],
        [t('store.description'), of.Description],
        [t('store.version'), of.Version],
        [t('store.tier'), of.Tier],
        ['KMS', of.KeyId],
        [t('store.changed'), momentText(of.LastModifiedDate)],
        [t('store.changedBy'), of.LastModifiedUser],
        [
          'ARN',
          <span key="arn" className="mono">
            {of.ARN}
          </span>,
        ],
      ]}
    />
  )
}

function ValueShown({ name: Name }: { name: string }) {
  const show = useChange<{ Parameter: { Value: string } }>('ssm', 'getParameter')
  const value = show.data?.Parameter.Value
  return (
    <Section title={t('store.value')}>
      {value === undefined ? (
        <Button
          variant="default"
          leftSection={<Eye size={16} />}
          loading={show.isPending}
          onClick={() => show.mutate({ Name, WithDecryption: true })}
        >
          {t('store.show')}
        </Button>
      ) : (
        <CopyText text={value} label={t('store.value')} />
      )}
    </Section>
  )
}

function ValueChange({ name: Name, close }: { name: string; close: () => void }) {
  const [value, setValue] = useState('')
  const change = useChange('ssm', 'putParameter', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('store.newValue')}
      close={close}
      label={t('ui.save')}
      isBusy={change.isPending}
      error={change.error}
      submit={() => change.mutate({ Name, Value: value, Overwrite: true })}
    >
      <Text size="sm" className="dim">
        {t('store.newValueText')}
      </Text>
      <ValueInput value={value} set={setValue} />
    </FormDialog>
  )
}
