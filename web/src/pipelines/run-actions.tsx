import { useState } from 'react'
import { pipelinesEndpoints, type RunDetail } from '@madang/api'
import { Button, Menu } from '@mantine/core'
import { ChevronDown, FilePen, RotateCcw, SkipForward, Square } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMay } from '../ui/role.ts'
import { ReplayDialog, RestartDialog, useOpenRun } from './run-change.tsx'

/** What one who may can do with a run: stop it, or run it again whole, edited, or from a stage on. */
export function RunActions({ run }: { run: RunDetail }) {
  const mayRun = useMay('developer')
  if (!mayRun) return null
  return run.state === 'finished' ? <Again run={run} /> : <Abort run={run} />
}

function Abort({ run }: { run: RunDetail }) {
  const abort = useAction(pipelinesEndpoints.runAbort)
  return (
    <Button
      variant="default"
      leftSection={<Square size={15} />}
      loading={abort.isPending}
      onClick={() => abort.mutate({ params: { project: run.project, run: run.id } })}
    >
      {t('pipelines.abort')}
    </Button>
  )
}

function Again({ run }: { run: RunDetail }) {
  const [dialog, setDialog] = useState<'replay' | 'restart'>()
  const again = useAction(pipelinesEndpoints.runAgain, { done: useOpenRun() })
  const close = () => setDialog(undefined)
  return (
    <Button.Group>
      <Button
        variant="default"
        leftSection={<RotateCcw size={15} />}
        loading={again.isPending}
        onClick={() => again.mutate({ params: { project: run.project, run: run.id } })}
      >
        {t('pipelines.again')}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px={9} aria-label={t('pipelines.againMore')}>
            <ChevronDown size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<FilePen size={16} />} onClick={() => setDialog('replay')}>
            {t('pipelines.replay')}
          </Menu.Item>
          <Menu.Item leftSection={<SkipForward size={16} />} onClick={() => setDialog('restart')}>
            {t('pipelines.restart')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === 'replay' && <ReplayDialog run={run} close={close} />}
      {dialog === 'restart' && <RestartDialog run={run} close={close} />}
    </Button.Group>
  )
}
