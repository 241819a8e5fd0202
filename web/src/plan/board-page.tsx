import { lazy, Suspense, useState } from 'react'
import { type Board, planEndpoints } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Button, Switch, Text, TextInput } from '@mantine/core'
import { useDebouncedValue, useHotkeys } from '@mantine/hooks'
import { LayoutList, Plus, Search } from 'lucide-react'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded, PageHead } from '../ui/states.tsx'
import { BoardColumns } from './board-columns.tsx'

// The form isn't there until it is asked for, and brings half of the inputs there are.
const IssueCreateDialog = lazy(async () => ({
  default: (await import('./issue-create-dialog.tsx')).IssueCreateDialog,
}))

export function BoardPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  // Undefined until it is first asked for; then it stays, so that it can be seen going.
  const [isCreating, setCreating] = useState<boolean>()
  const [text, setText] = useState('')
  const [isMine, setMine] = useState(false)
  const [wanted] = useDebouncedValue(text.trim(), 200)
  useLive([`project:${project}`])
  useHotkeys([['c', () => setCreating(true)]])
  const query = { ...(wanted ? { text: wanted } : {}), ...(isMine ? { assignee: 'me' } : {}) }
  const input = { params: { project }, query }
  const board = useEndpoint(planEndpoints.board, input)
  return (
    <>
      <PageHead
        title={t('plan.boardTitle')}
        note={<span className="only-wide">{t('plan.boardHelp')}</span>}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<LayoutList size={16} />}
              component={Link}
              to={`/p/${project}/issues`}
            >
              {t('plan.asList')}
            </Button>
            <Button leftSection={<Plus size={16} />} onClick={() => setCreating(true)}>
              {t('plan.newIssue')}
            </Button>
          </>
        }
      />
      <div style={{ display: 'flex', gap: 14, alignItems: 'center', marginBottom: 14 }}>
        <TextInput
          aria-label={t('plan.filter')}
          placeholder={t('plan.filter')}
          leftSection={<Search size={16} />}
          style={{ flex: '0 1 280px' }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Switch
          label={t('plan.mine')}
          style={{ flex: 'none' }}
          checked={isMine}
          onChange={(event) => setMine(event.currentTarget.checked)}
        />
      </div>
      <Loaded query={board} lines={6}>
        {(data) => (
          <>
            {isEmpty(data) && wanted === '' && !isMine && (
              <Text className="dim" mb="md">
                {t('plan.noIssuesText')}
              </Text>
            )}
            <BoardColumns board={data} input={input} />
          </>
        )}
      </Loaded>
      {isCreating !== undefined && (
        <Suspense>
          <IssueCreateDialog
            project={project}
            isOpen={isCreating}
            close={() => setCreating(false)}
          />
        </Suspense>
      )}
    </>
  )
}

function isEmpty(board: Board): boolean {
  return board.columns.every((column) => column.total === 0)
}
