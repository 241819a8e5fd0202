import { Modal } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { IssueCreate } from './issue-create.tsx'

export function IssueCreateDialog(props: { project: string; isOpen: boolean; close: () => void }) {
  const { project, isOpen, close } = props
  return (
    <Modal opened={isOpen} onClose={close} title={t('plan.newIssue')} size="lg">
      <IssueCreate project={project} done={close} />
    </Modal>
  )
}
