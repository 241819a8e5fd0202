import { endpoint } from './endpoint.ts'
import { type Infer, z } from './schema.ts'

const inRepo = z.object({ project: z.string(), repo: z.string() })
const inProject = z.object({ project: z.string() })
const name = z.object({ name: z.string() })
const done = z.object({ done: z.literal(true) })

const ofRepo = '/api/projects/:project/repos/:repo/default-reviewers'
const ofProject = '/api/projects/:project/default-reviewers'
const viewer = { project: 'viewer' } as const
const maintainer = { project: 'maintainer' } as const

export const defaultReviewer = z.object({
  name: z.string(),
  displayName: z.string(),
  /** Of one repository, or of all that its project has. */
  scope: z.enum(['repository', 'project']),
})
export type DefaultReviewer = Infer<typeof defaultReviewer>

const list = z.object({ items: z.array(defaultReviewer) })

/** Who is asked to look at every pull request. */
export const codeReviewerEndpoints = {
  /** Those of the project too. */
  defaultReviewerList: endpoint({
    method: 'GET',
    path: ofRepo,
    access: viewer,
    params: inRepo,
    result: list,
  }),
  defaultReviewerAdd: endpoint({
    method: 'PUT',
    path: `${ofRepo}/:name`,
    access: maintainer,
    params: inRepo.extend(name.shape),
    result: list,
  }),
  defaultReviewerRemove: endpoint({
    method: 'DELETE',
    path: `${ofRepo}/:name`,
    access: maintainer,
    params: inRepo.extend(name.shape),
    result: done,
  }),
  projectReviewerList: endpoint({
    method: 'GET',
    path: ofProject,
    access: viewer,
    params: inProject,
    result: list,
  }),
  projectReviewerAdd: endpoint({
    method: 'PUT',
    path: `${ofProject}/:name`,
    access: maintainer,
    params: inProject.extend(name.shape),
    result: list,
  }),
  projectReviewerRemove: endpoint({
    method: 'DELETE',
    path: `${ofProject}/:name`,
    access: maintainer,
    params: inProject.extend(name.shape),
    result: done,
  }),
}
