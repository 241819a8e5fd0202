import type { ReactNode } from 'react'
import { ActionIcon, Button, CopyButton, Title, Tooltip } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import { t } from '../i18n/index.ts'
import classes from './pieces.module.css'

/** Text to take along: a shell's lines, a template, an ARN. */
export function CopyText({ text, label }: { text: string; label: string }) {
  return (
    <div className={classes['codeFrame']}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scroll area has to take the keyboard */}
      <pre className={classes['code']} tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('ui.copied') : t('ui.copy')}>
            <ActionIcon
              className={classes['copy']}
              variant="default"
              size="lg"
              onClick={copy}
              aria-label={`${t('ui.copy')}: ${label}`}
            >
              {copied ? <Check size={16} /> : <Copy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  )
}

/** Names and values of one thing; those without a value are left out. */
export function Facts({ items }: { items: [name: string, value: ReactNode][] }) {
  return (
    <dl className={`card ${classes['facts']}`}>
      {items
        .filter(([, value]) => value !== undefined && value !== '' && value !== null)
        .map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
    </dl>
  )
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

export function Section(props: { title: ReactNode; right?: ReactNode; children: ReactNode }) {
  return (
    <section style={{ marginTop: 26 }}>
      <div
        style={{
          display: 'flex',
          flexWrap: 'wrap',
          alignItems: 'center',
          gap: 10,
          marginBottom: 8,
        }}
      >
        <Title order={2} fz={17} className="grow">
          {props.title}
        </Title>
        {props.right}
      </div>
      {props.children}
    </section>
  )
}

export const jsonText = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    // A template may be YAML, which is readable as it is.
    return text
  }
}

/** The next page of a list, where there is one. */
export function MoreButton(props: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }
}) {
  const { query } = props
  if (!query.hasNextPage) return null
  return (
    <Button
      variant="default"
      mt="sm"
      loading={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      {t('ui.more')}
    </Button>
  )
}
