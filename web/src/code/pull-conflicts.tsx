import { useState } from 'react'
import {
  codeEndpoints,
  type PullConflictFile,
  type PullConflicts as Conflicts,
  type PullConflictSegment,
  type PullRequest,
} from '@madang/api'
import { Button, Group, SegmentedControl, Text, Textarea } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import {
  type Choice,
  type Choices,
  decisionOf,
  isDecided,
  placeOf,
  textOf,
} from './conflict-choices.ts'
import classes from './pull-conflicts.module.css'

/** Decides each conflict of a pull request, and merges the target into its branch. */
export function PullConflicts({ pull, done }: { pull: PullRequest; done: () => void }) {
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const query = useEndpoint(codeEndpoints.pullRequestConflicts, { params })
  return (
    <section className={classes.all} aria-label={t('code.conflictsResolve')}>
      <Loaded query={query} lines={6}>
        {(conflicts) => (
          <Decisions key={conflicts.target} pull={pull} conflicts={conflicts} done={done} />
        )}
      </Loaded>
    </section>
  )
}

function Decisions(props: { pull: PullRequest; conflicts: Conflicts; done: () => void }) {
  const { pull, conflicts, done } = props
  const { head, target, files } = conflicts
  const [choices, setChoices] = useState<Choices>({})
  const resolve = useAction(codeEndpoints.pullRequestResolve, { done })
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const left = files.filter((file) => !isDecided(file, choices)).length
  const choose = (key: string, choice: Choice) =>
    setChoices((before) => ({ ...before, [key]: choice }))
  return (
    <>
      {files.map((file) => (
        <FileConflicts key={file.path} {...{ file, pull, choices, choose }} />
      ))}
      {conflicts.truncated && <Text size="sm">{t('code.conflictsMore')}</Text>}
      <Group gap="sm">
        <Button
          disabled={left > 0 || conflicts.truncated}
          loading={resolve.isPending}
          onClick={() => {
            const decided = files.map((file) => decisionOf(file, choices))
            resolve.mutate({ params, body: { head, target, files: decided } })
          }}
        >
          {t('code.conflictsCommit', { target: pull.target, source: pull.source })}
        </Button>
        {left > 0 && (
          <Text size="sm" className="dim">
            {t('code.conflictsLeft', { count: left })}
          </Text>
        )}
      </Group>
    </>
  )
}

interface FileProps {
  file: PullConflictFile
  pull: PullRequest
  choices: Choices
  choose: (key: string, choice: Choice) => void
}

function FileConflicts({ file, pull, choices, choose }: FileProps) {
  const { path, kind, segments = [] } = file
  const about = kind === 'deleted' ? t(`code.conflict_deletedBy_${file.deletedBy ?? 'target'}`) : ''
  return (
    <div className={`card ${classes.file}`}>
      <Text className="mono" fw={600} size="sm" mb={8}>
        {path}
      </Text>
      {kind === 'text' ? (
        segments.map((segment, index) => {
          const key = placeOf(path, index)
          return segment.kind === 'same' ? (
            <SameLines key={key} text={segment.text} />
          ) : (
            <Hunk
              key={key}
              {...{ segment, pull, choice: choices[key] }}
              choose={(choice) => choose(key, choice)}
            />
          )
        })
      ) : (
        <Group gap="sm">
          <Text size="sm" className="dim">
            {kind === 'binary' ? t('code.conflict_binary') : about}
          </Text>
          <Sides
            pull={pull}
            value={choices[path]?.take ?? ''}
            set={(take) => choose(path, { take })}
          />
        </Group>
      )}
    </div>
  )
}

const SHOWN_LINES = 3

/** What is equal: the lines next to a conflict, and how many lie between. */
function SameLines({ text }: { text: string }) {
  const lines = text.replace(/\n$/, '').split('\n')
  const isShort = lines.length <= 2 * SHOWN_LINES + 1
  const hidden = lines.length - 2 * SHOWN_LINES
  const shown = isShort
    ? lines.join('\n')
    : [
        ...lines.slice(0, SHOWN_LINES),
        `⋯ ${t('code.linesSame', { count: hidden })}`,
        ...lines.slice(-SHOWN_LINES),
      ].join('\n')
  return <pre className={classes.same}>{shown}</pre>
}

interface HunkProps {
  segment: Extract<PullConflictSegment, { kind: 'conflict' }>
  pull: PullRequest
  choice: Choice | undefined
  choose: (choice: Choice) => void
}

function Hunk({ segment, pull, choice, choose }: HunkProps) {
  const set = (take: Choice['take']) =>
    choose(take === 'text' ? { take, text: textOf(segment, choice) } : { take })
  return (
    <div className={classes.hunk}>
      <div className={classes.sides}>
        <Version name={pull.source} text={segment.source} isTaken={choice?.take === 'source'} />
        <Version name={pull.target} text={segment.target} isTaken={choice?.take === 'target'} />
      </div>
      <Sides pull={pull} value={choice?.take ?? ''} set={set} withText />
      {choice?.take === 'text' && (
        <Textarea
          aria-label={t('code.conflict_text')}
          autosize
          minRows={3}
          maxRows={20}
          mt={8}
          classNames={{ input: 'mono' }}
          value={choice.text ?? ''}
          onChange={({ currentTarget }) => choose({ take: 'text', text: currentTarget.value })}
        />
      )}
    </div>
  )
}

function Version({ name, text, isTaken }: { name: string; text: string; isTaken: boolean }) {
  return (
    <figure className={classes.version} data-taken={isTaken || undefined}>
      <figcaption className="mono dim">{name}</figcaption>
      <pre>{text === '' ? t('code.conflict_nothing') : text}</pre>
    </figure>
  )
}

interface SidesProps {
  pull: PullRequest
  value: Choice['take'] | ''
  set: (take: Choice['take']) => void
  withText?: boolean
}

function Sides({ pull, value, set, withText = false }: SidesProps) {
  const plain = [
    { value: 'source', label: pull.source },
    { value: 'target', label: pull.target },
  ]
  const more = [
    { value: 'both', label: t('code.conflict_both') },
    { value: 'text', label: t('code.conflict_edit') },
  ]
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('code.conflict_take')}
      className={classes.choice}
      data={withText ? [...plain, ...more] : plain}
      value={value}
      onChange={(take) => set(take as Choice['take'])}
    />
  )
}
