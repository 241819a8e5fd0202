import { useState } from 'react'
import { type SearchHit, threadEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Modal, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Boxes, Search, SearchCode } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { kindIcons } from '../thread/thread-panel.tsx'
import { kindLabel, stateLabel, titleText } from '../thread/item-words.ts'
import classes from './palette.module.css'
import { useCurrentProject } from './current-project.ts'
import { StateBadge } from './state-badge.tsx'

const QUIET_MS = 90

/** ⌘K: finds anything by key, title, branch, commit or text, in either language. */
export function Palette({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      withCloseButton={false}
      padding={0}
      size={640}
      yOffset="12vh"
      radius="lg"
      attributes={{ content: { 'aria-label': t('ui.search') } }}
    >
      {isOpen && <Finder close={close} />}
    </Modal>
  )
}

function Finder({ close }: { close: () => void }) {
  const [text, setText] = useState('')
  const [index, setIndex] = useState(0)
  const [wanted] = useDebouncedValue(text.trim(), QUIET_MS)
  const navigate = useNavigate()
  const query = useEndpoint(
    threadEndpoints.search,
    { query: { q: wanted, limit: 20 } },
    { enabled: wanted !== '' },
  )
  const hits = wanted === '' ? [] : (query.data?.items ?? [])
  const project = useCurrentProject()
  const inCode = project !== undefined && wanted !== ''
  const last = hits.length - (inCode ? 0 : 1)
  const chosen = Math.min(index, last)
  const searchCode = () => {
    close()
    void navigate({
      to: '/p/$project/code/search',
      params: { project: project! },
      search: { q: wanted },
    })
  }
  const go = (hit: SearchHit | undefined) => {
    if (!hit && inCode) return searchCode()
    if (!hit?.url) return
    close()
    if (hit.url.startsWith('/')) void navigate({ to: hit.url })
    else window.open(hit.url, '_blank', 'noreferrer')
  }
  const onKey = (key: string): boolean => {
    if (key === 'ArrowDown') setIndex(Math.min(chosen + 1, last))
    else if (key === 'ArrowUp') setIndex(Math.max(chosen - 1, 0))
    else if (key === 'Enter') go(hits[chosen])
    else return false
    return true
  }
  return (
    <>
      <div className={classes['box']}>
        <Search size={18} className="dim" />
        <input
          role="combobox"
          aria-expanded={last >= 0}
          aria-controls="palette-list"
          aria-activedescendant={last >= 0 ? `palette-${chosen}` : undefined}
          aria-label={t('ui.search')}
          placeholder={t('ui.searchHint')}
          data-autofocus
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setIndex(0)
          }}
          onKeyDown={(event) => {
            // While a Hangul syllable is being composed, Enter ends the syllable.
            if (!event.nativeEvent.isComposing && onKey(event.key)) event.preventDefault()
          }}
        />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a select can't show rows like these */}
      <div id="palette-list" role="listbox" className={classes['list']}>
        {hits.map((hit, at) => (
          <Hit key={`${hit.kind} ${hit.id}`} hit={hit} at={at} isChosen={at === chosen} go={go} />
        ))}
        {wanted !== '' && query.isSuccess && !query.isPlaceholderData && hits.length === 0 && (
          <Text className="dim" p="md" ta="center">
            {t('ui.searchEmpty', { text: wanted })}
          </Text>
        )}
        {inCode && (
          <CodeOption
            at={hits.length}
            isChosen={chosen === hits.length}
            text={wanted}
            go={searchCode}
          />
        )}
      </div>
    </>
  )
}

/** The last way on: into the files of the repositories. */
function CodeOption(props: { at: number; isChosen: boolean; text: string; go: () => void }) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the input above has the keyboard
    <div
      id={`palette-${props.at}`}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- as the rows above it
      role="option"
      aria-selected={props.isChosen}
      className={classes['option']}
      onClick={props.go}
    >
      <SearchCode size={17} className="dim" style={{ flex: 'none' }} />
      <Text size="sm" fw={500} className="grow ellipsis">
        {t('search.inCode', { text: props.text })}
      </Text>
    </div>
  )
}

function Hit(props: {
  hit: SearchHit
  at: number
  isChosen: boolean
  go: (hit: SearchHit) => void
}) {
  const { hit, at, isChosen, go } = props
  const Icon = kindIcons[hit.kind] ?? Boxes
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the input above has the keyboard
    <div
      id={`palette-${at}`}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an option element can't hold rows like these
      role="option"
      aria-selected={isChosen}
      className={classes['option']}
      onClick={() => go(hit)}
    >
      <Icon size={17} className="dim" style={{ flex: 'none' }} />
      <div className="grow">
        <Text size="sm" fw={500} className="ellipsis">
          {titleText(hit)}
        </Text>
        <Text size="xs" className="dim ellipsis">
          {[kindLabel(hit.kind), hit.project, hit.excerpt].filter(Boolean).join(' · ')}
        </Text>
      </div>
      {hit.state && <StateBadge state={hit.state} label={stateLabel(hit.kind, hit.state)} />}
    </div>
  )
}
