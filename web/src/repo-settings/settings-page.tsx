import type { ReactNode } from 'react'
import { Lock } from 'lucide-react'
import { RepoFrame } from '../code/repo-frame.tsx'
import { t } from '../i18n/index.ts'
import { useMay } from '../ui/role.ts'
import { Empty } from '../ui/states.tsx'
import { BranchRules } from './branch-rules.tsx'
import { DefaultReviewers } from './default-reviewers.tsx'
import { DeployKeys } from './deploy-keys.tsx'
import { General } from './general.tsx'
import { Hooks } from './hooks.tsx'
import { RepoMembers } from './members.tsx'
import { MergeQueues } from './merge-queues.tsx'
import { Mirrors } from './mirrors.tsx'
import { PipelineSsh } from './pipeline-ssh.tsx'
import { PreviewRule } from './preview-rule.tsx'
import { RepoDelete } from './repo-delete.tsx'
import { RepoMove } from './repo-move.tsx'
import { RepoRename } from './repo-rename.tsx'
import { Schedules } from './schedules.tsx'
import { SecretScanning } from './secret-scanning.tsx'

/** `/p/<project>/code/<repo>/settings`. */
export function RepoSettingsPage() {
  return (
    <RepoFrame>
      {(repo) => {
        const of = { repo, params: { project: repo.project, repo: repo.name } }
        return (
          <ForMaintainers>
            <General key={repo.id} {...of} />
            <RepoRename key={repo.name} {...of} />
            <RepoMembers {...of} />
            <DefaultReviewers {...of} />
            <BranchRules {...of} />
            <MergeQueues {...of} />
            <PreviewRule {...of} />
            <DeployKeys {...of} />
            <Hooks {...of} />
            <Mirrors {...of} />
            <Schedules {...of} />
            <PipelineSsh {...of} />
            <SecretScanning {...of} />
            <RepoMove {...of} />
            <RepoDelete {...of} />
          </ForMaintainers>
        )
      }}
    </RepoFrame>
  )
}

/** Others would be refused by nearly every call of these pages. */
export function ForMaintainers({ children }: { children: ReactNode }) {
  const isKnown = useMay('viewer')
  const mayChange = useMay('maintainer')
  if (mayChange) return children
  if (!isKnown) return null
  return (
    <div className="card">
      <Empty
        icon={<Lock size={30} />}
        title={t('repo.maintainersOnly')}
        text={t('repo.maintainersOnlyText')}
      />
    </div>
  )
}
