import type { Method } from './call.ts'
import { fits } from './match.ts'

/** Operations of the original that this server has not, by what they are about. */
export interface Absent {
  name: string
  /** There is no such thing at all: 404, as for a repository that never had it. */
  isUnknown?: boolean
  operations: readonly `${Method} ${string}`[]
}

const REPO = '/repositories/:workspace/:repo_slug'
const PROJECT = '/workspaces/:workspace/projects/:project_key'
const ISSUE = `${REPO}/issues/:issue_id`
const OIDC = '/workspaces/:workspace/pipelines-config/identity/oidc'

const groupsOf = (of: string): Absent['operations'] => [
  `GET ${of}/permissions-config/groups/:group_slug`,
  `PUT ${of}/permissions-config/groups/:group_slug`,
  `DELETE ${of}/permissions-config/groups/:group_slug`,
]

const runnersOf = (of: string): Absent['operations'] => [
  `GET ${of}/pipelines-config/runners`,
  `POST ${of}/pipelines-config/runners`,
  `GET ${of}/pipelines-config/runners/:runner_uuid`,
  `PUT ${of}/pipelines-config/runners/:runner_uuid`,
  `DELETE ${of}/pipelines-config/runners/:runner_uuid`,
]

export const absentOperations: readonly Absent[] = [
  {
    name: 'Repository has no issue tracker.',
    isUnknown: true,
    operations: [
      `GET ${REPO}/components`,
      `GET ${REPO}/components/:component_id`,
      `GET ${REPO}/milestones`,
      `GET ${REPO}/milestones/:milestone_id`,
      `GET ${REPO}/versions`,
      `GET ${REPO}/versions/:version_id`,
      `GET ${REPO}/issues`,
      `POST ${REPO}/issues`,
      `POST ${REPO}/issues/export`,
      `GET ${REPO}/issues/export/:file`,
      `GET ${REPO}/issues/import`,
      `POST ${REPO}/issues/import`,
      `GET ${ISSUE}`,
      `PUT ${ISSUE}`,
      `DELETE ${ISSUE}`,
      `GET ${ISSUE}/attachments`,
      `POST ${ISSUE}/attachments`,
      `GET ${ISSUE}/attachments/:path`,
      `DELETE ${ISSUE}/attachments/:path`,
      `GET ${ISSUE}/changes`,
      `POST ${ISSUE}/changes`,
      `GET ${ISSUE}/changes/:change_id`,
      `GET ${ISSUE}/comments`,
      `POST ${ISSUE}/comments`,
      `GET ${ISSUE}/comments/:comment_id`,
      `PUT ${ISSUE}/comments/:comment_id`,
      `DELETE ${ISSUE}/comments/:comment_id`,
      `GET ${ISSUE}/vote`,
      `PUT ${ISSUE}/vote`,
      `DELETE ${ISSUE}/vote`,
      `GET ${ISSUE}/watch`,
      `PUT ${ISSUE}/watch`,
      `DELETE ${ISSUE}/watch`,
    ],
  },
  {
    name: 'There is no such group.',
    isUnknown: true,
    operations: [...groupsOf(REPO), ...groupsOf(PROJECT)],
  },
  {
    name: 'Runners (machines join as agents, of all repositories)',
    operations: [...runnersOf(REPO), ...runnersOf('/workspaces/:workspace')],
  },
  {
    name: 'Connect apps',
    operations: ['PUT /addon', 'DELETE /addon', 'GET /addon/:addon_key/client-key'],
  },
  {
    name: 'The OpenPGP key of a workspace (this server signs with an SSH key)',
    operations: ['GET /workspaces/:workspace/settings/gpg/public-key'],
  },
  {
    name: 'OpenID Connect of pipelines',
    operations: [`GET ${OIDC}/.well-known/openid-configuration`, `GET ${OIDC}/keys.json`],
  },
]

/** What an address is about that the original has and this server has not. */
export function absentAt(method: string, path: string): Absent | undefined {
  return absentOperations.find(({ operations }) =>
    operations.some((operation) => {
      const [known, pattern = ''] = operation.split(' ')
      return known === method && fits(pattern, path)
    }),
  )
}
