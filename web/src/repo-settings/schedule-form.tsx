import { useState } from 'react'
import { codeEndpoints, type PipelineSchedule, pipelineSetupEndpoints } from '@madang/api'
import { Select, TextInput } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import type { OfRepo } from './of-repo.ts'
import { clockText, cronOf, rhythmOf, weekdayText } from './schedule-words.ts'

const rhythms = ['hour', 'day', 'week', 'pattern'] as const

interface Form {
  branch: string
  often: (typeof rhythms)[number]
  hour: number
  weekday: number
  pattern: string
}

interface Props extends OfRepo {
  /** The one to change; a new one where it is missing. */
  schedule: PipelineSchedule | undefined
  close: () => void
}

export function ScheduleForm({ repo, params, schedule, close }: Props) {
  const [form, setForm] = useState<Form>({
    branch: schedule?.branch ?? repo.defaultBranch,
    hour: 4,
    weekday: 2,
    pattern: '',
    ...(schedule ? rhythmOf(schedule.cron) : { often: 'day' }),
  })
  const create = useAction(pipelineSetupEndpoints.scheduleCreate, { quiet: true, done: close })
  const update = useAction(pipelineSetupEndpoints.scheduleUpdate, { quiet: true, done: close })
  const submit = () => {
    const cron = cronOf(form)
    if (!schedule) return create.mutate({ params, body: { branch: form.branch, cron } })
    update.mutate({ params: { ...params, id: schedule.id }, body: { cron } })
  }
  return (
    <FormDialog
      title={t(schedule ? 'setup.scheduleEdit' : 'setup.scheduleAdd')}
      close={close}
      label={t('ui.save')}
      isBusy={create.isPending || update.isPending}
      error={create.error ?? update.error}
      submit={submit}
    >
      <Fields
        form={form}
        set={(part) => setForm({ ...form, ...part })}
        params={params}
        isNew={!schedule}
      />
    </FormDialog>
  )
}

interface FieldsProps {
  form: Form
  set: (part: Partial<Form>) => void
  params: OfRepo['params']
  isNew: boolean
}

function Fields({ form, set, params, isNew }: FieldsProps) {
  const { often } = form
  return (
    <>
      <BranchField form={form} set={set} params={params} isNew={isNew} />
      <Select
        label={t('setup.often')}
        allowDeselect={false}
        data={rhythms.map((value) => ({ value, label: t(`setup.every_${value}`) }))}
        value={often}
        onChange={(value) => set({ often: value as Form['often'], pattern: cronOf(form) })}
      />
      {often === 'week' && (
        <Select
          label={t('setup.weekday')}
          allowDeselect={false}
          data={[2, 3, 4, 5, 6, 7, 1].map((day) => ({ value: `${day}`, label: weekdayText(day) }))}
          value={`${form.weekday}`}
          onChange={(value) => set({ weekday: Number(value) })}
        />
      )}
      {(often === 'day' || often === 'week') && (
        <Select
          label={t('setup.hour')}
          allowDeselect={false}
          data={hours()}
          value={`${form.hour}`}
          onChange={(value) => set({ hour: Number(value) })}
        />
      )}
      {often === 'pattern' && (
        <TextInput
          label={t('setup.pattern')}
          description={t('setup.patternHint')}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          required
          value={form.pattern}
          onChange={(event) => set({ pattern: event.currentTarget.value })}
        />
      )}
    </>
  )
}

/** A schedule stays with its branch. */
function BranchField({ form, set, params, isNew }: FieldsProps) {
  const query = useEndpoint(codeEndpoints.branchList, { params, query: { limit: 200 } })
  const names = (query.data?.items ?? []).map(({ name }) => name)
  return (
    <Select
      label={t('setup.branch')}
      allowDeselect={false}
      searchable
      disabled={!isNew}
      data={[...new Set([form.branch, ...names])]}
      value={form.branch}
      onChange={(value) => value !== null && set({ branch: value })}
    />
  )
}

/** Each hour in UTC, beside what the reader's own clock says today. */
function hours(): { value: string; label: string }[] {
  const behindMinutes = new Date().getTimezoneOffset()
  return Array.from({ length: 24 }, (_, hour) => {
    const here = (hour * 60 - behindMinutes + 24 * 60) % (24 * 60)
    const text = clockText(Math.floor(here / 60)).replace(/00$/, `${here % 60}`.padStart(2, '0'))
    const label =
      behindMinutes === 0
        ? clockText(hour)
        : t('setup.hourHere', { hour: clockText(hour), here: text })
    return { value: `${hour}`, label }
  })
}
