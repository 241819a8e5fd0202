import { endpoint, roles } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { pageOf, paging } from './paging.ts'
import { type Infer, z } from './schema.ts'

export const language = z.enum(['ko', 'en'])
export const role = z.enum(roles)
export const scope = z.enum(['read', 'write', 'administer'])

/** What people sign in with and are mentioned by; what others read is the display name. */
export const personName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,38}$/, '1 to 39 of a-z, 0-9, dot, dash, underscore')
const displayName = z.string().trim().min(1).max(100)
const password = z.string().min(8, 'at least 8 characters').max(200)
export const projectKey = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{1,9}$/, '2 to 10 capital letters and digits, a letter first')

const person = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string(),
  isAdministrator: z.boolean(),
  isDisabled: z.boolean(),
  /** Invited, but without a password yet. */
  isInvited: z.boolean(),
  language,
  createdAt: z.string(),
})
export type Person = Infer<typeof person>

export const me = z.object({
  person: person.optional(),
  /** `person:<id>` or `run:<id>`. */
  actor: z.string(),
  name: z.string(),
  isAdministrator: z.boolean(),
  scopes: z.array(scope),
  /** Sent back in `x-madang-csrf` with every change; missing where no cookie is in play. */
  csrf: z.string().optional(),
})
export type Me = Infer<typeof me>

export const session = z.object({
  id: z.string(),
  isCurrent: z.boolean(),
  address: z.string(),
  client: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  expiresAt: z.string(),
})
export type Session = Infer<typeof session>

export const accessToken = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scope),
  project: z.string().optional(),
  createdAt: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().optional(),
})
export type AccessToken = Infer<typeof accessToken>

export const project = z.object({
  key: z.string(),
  name: z.string(),
  description: z.string(),
  createdAt: z.string(),
  /** What the asker may do in it. */
  role: role.optional(),
})
export type Project = Infer<typeof project>

export const member = z.object({ name: z.string(), displayName: z.string(), role })
export type Member = Infer<typeof member>

export const auditEntry = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.string(),
  actorName: z.string(),
  action: z.string(),
  subject: z.string(),
  project: z.string().optional(),
  address: z.string().optional(),
  detail: z.record(z.string(), z.unknown()),
})
export type AuditEntry = Infer<typeof auditEntry>

const done = z.object({})
const code = z.string().min(1).max(200)
const inProject = z.object({ project: z.string() })
const byName = z.object({ name: z.string() })
const byId = z.object({ id: z.string() })
const invitation = z.object({ person, url: z.string(), expiresAt: z.string() })

const signInEndpoints = {
  /** Whether nobody has signed up yet, so the one-time link is still waiting. */
  setupGet: endpoint({
    method: 'GET',
    path: '/api/setup',
    access: 'anyone',
    result: z.object({ isNeeded: z.boolean() }),
  }),
  /** The first person, who administers; signs in. */
  setup: endpoint({
    method: 'POST',
    path: '/api/setup',
    access: 'anyone',
    body: z.object({ code, name: personName, displayName, password, language }),
    result: me,
  }),
  /** What a one-time code is for; the page behind the link asks first. */
  codeCheck: endpoint({
    method: 'POST',
    path: '/api/codes/check',
    access: 'anyone',
    body: z.object({ code }),
    result: z.object({
      kind: z.enum(['setup', 'invitation']),
      name: z.string().optional(),
      displayName: z.string().optional(),
    }),
  }),
  /** Sets the password of an invited person; signs in. */
  invitationAccept: endpoint({
    method: 'POST',
    path: '/api/invitations/accept',
    access: 'anyone',
    body: z.object({ code, displayName: displayName.optional(), password, language }),
    result: me,
  }),
  signIn: endpoint({
    method: 'POST',
    path: '/api/sign-in',
    access: 'anyone',
    body: z.object({ name: z.string().min(1).max(100), password: z.string().min(1).max(200) }),
    result: me,
  }),
  signOut: endpoint({ method: 'POST', path: '/api/sign-out', access: 'signedIn', result: done }),
}

const meEndpoints = {
  me: endpoint({ method: 'GET', path: '/api/me', access: 'signedIn', result: me }),
  meUpdate: endpoint({
    method: 'PATCH',
    path: '/api/me',
    access: 'signedIn',
    body: z.object({ displayName: displayName.optional(), language: language.optional() }),
    result: me,
  }),
  /** Ends every other session of the person. */
  passwordChange: endpoint({
    method: 'POST',
    path: '/api/me/password',
    access: 'signedIn',
    body: z.object({ current: z.string().max(200), next: password }),
    result: done,
  }),
  sessionList: endpoint({
    method: 'GET',
    path: '/api/me/sessions',
    access: 'signedIn',
    result: z.object({ items: z.array(session) }),
  }),
  sessionRevoke: endpoint({
    method: 'DELETE',
    path: '/api/me/sessions/:id',
    access: 'signedIn',
    params: byId,
    result: done,
  }),
  tokenList: endpoint({
    method: 'GET',
    path: '/api/me/tokens',
    access: 'signedIn',
    result: z.object({ items: z.array(accessToken) }),
  }),
  /** The token's text is in this answer and nowhere else. */
  tokenCreate: endpoint({
    method: 'POST',
    path: '/api/me/tokens',
    access: 'signedIn',
    body: z.object({
      name: z.string().trim().min(1).max(100),
      scopes: z.array(scope).min(1),
      project: projectKey.optional(),
      expiresInDays: z.number().int().min(1).max(366).default(90),
    }),
    result: z.object({ token: z.string(), entry: accessToken }),
  }),
  tokenRevoke: endpoint({
    method: 'DELETE',
    path: '/api/me/tokens/:id',
    access: 'signedIn',
    params: byId,
    result: done,
  }),
}

const peopleEndpoints = {
  personList: endpoint({
    method: 'GET',
    path: '/api/people',
    access: 'signedIn',
    query: z.object({ text: z.string().max(100).optional(), ...paging }),
    result: pageOf(person),
  }),
  personCreate: endpoint({
    method: 'POST',
    path: '/api/people',
    access: 'administrator',
    body: z.object({ name: personName, displayName, isAdministrator: z.boolean().default(false) }),
    result: invitation,
  }),
  personUpdate: endpoint({
    method: 'PATCH',
    path: '/api/people/:name',
    access: 'administrator',
    params: byName,
    body: z.object({
      displayName: displayName.optional(),
      isDisabled: z.boolean().optional(),
      isAdministrator: z.boolean().optional(),
    }),
    result: person,
  }),
  /** A new one-time link: for who lost the first, or the password. */
  personInvite: endpoint({
    method: 'POST',
    path: '/api/people/:name/invitation',
    access: 'administrator',
    params: byName,
    result: invitation,
  }),
  auditList: endpoint({
    method: 'GET',
    path: '/api/audit',
    access: 'administrator',
    query: z.object({
      actor: z.string().optional(),
      action: z.string().optional(),
      subject: z.string().optional(),
      project: z.string().optional(),
      from: z.iso.datetime().optional(),
      to: z.iso.datetime().optional(),
      ...paging,
    }),
    result: pageOf(auditEntry),
  }),
}

const projectEndpoints = {
  projectList: endpoint({
    method: 'GET',
    path: '/api/projects',
    access: 'signedIn',
    result: z.object({ items: z.array(project) }),
  }),
  /** Whoever creates a project maintains it. */
  projectCreate: endpoint({
    method: 'POST',
    path: '/api/projects',
    access: 'signedIn',
    body: z.object({
      key: projectKey,
      name: z.string().trim().min(1).max(100),
      description: z.string().max(10_000).default(''),
    }),
    result: project,
  }),
  projectGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project',
    access: { project: 'viewer' },
    params: inProject,
    result: project,
  }),
  projectUpdate: endpoint({
    method: 'PATCH',
    path: '/api/projects/:project',
    access: { project: 'maintainer' },
    params: inProject,
    body: z.object({
      name: z.string().trim().min(1).max(100).optional(),
      description: z.string().max(10_000).optional(),
    }),
    result: project,
  }),
  /** Only while nothing has happened in it. */
  projectDelete: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project',
    access: { project: 'maintainer' },
    params: inProject,
    result: done,
  }),
  memberList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/members',
    access: { project: 'viewer' },
    params: inProject,
    result: z.object({ items: z.array(member) }),
  }),
  memberSet: endpoint({
    method: 'PUT',
    path: '/api/projects/:project/members/:name',
    access: { project: 'maintainer' },
    params: z.object({ project: z.string(), name: z.string() }),
    body: z.object({ role }),
    result: member,
  }),
  memberRemove: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project/members/:name',
    access: { project: 'maintainer' },
    params: z.object({ project: z.string(), name: z.string() }),
    result: done,
  }),
}

export const identityEndpoints = {
  ...signInEndpoints,
  ...meEndpoints,
  ...peopleEndpoints,
  ...projectEndpoints,
}

export const identityErrors = defineErrors({
  codeNotValid: {
    status: 410,
    en: 'This link was used already, or is too old. Ask for a new one.',
    ko: '이미 사용했거나 오래된 링크입니다. 새 링크를 요청하세요.',
  },
  signInDisabled: {
    status: 403,
    en: 'This account is switched off. Ask an administrator.',
    ko: '사용이 중지된 계정입니다. 관리자에게 문의하세요.',
  },
  personOnly: {
    status: 403,
    en: 'Only a person can do this, not a run or a token bound to a project.',
    ko: '사람만 할 수 있는 작업입니다. 실행이나 프로젝트 전용 토큰으로는 할 수 없습니다.',
  },
  passwordWrong: {
    status: 403,
    en: 'The current password is not right.',
    ko: '현재 비밀번호가 맞지 않습니다.',
  },
  scopeTooWide: {
    status: 403,
    en: 'A token cannot allow more than you are allowed: {scope}.',
    ko: '자신보다 넓은 권한의 토큰은 만들 수 없습니다: {scope}.',
  },
  nameTaken: {
    status: 409,
    en: 'The name {name} is taken.',
    ko: '{name} 이름은 이미 쓰고 있습니다.',
  },
  personNotFound: {
    status: 404,
    en: 'There is nobody called {name}.',
    ko: '{name}이라는 사람이 없습니다.',
  },
  lastAdministrator: {
    status: 409,
    en: 'Somebody has to stay administrator.',
    ko: '관리자는 한 명 이상 있어야 합니다.',
  },
  projectNotFound: {
    status: 404,
    en: 'There is no project {key}.',
    ko: '{key} 프로젝트가 없습니다.',
  },
  projectKeyTaken: {
    status: 409,
    en: 'The key {key} is taken.',
    ko: '{key} 키는 이미 쓰고 있습니다.',
  },
  projectInUse: {
    status: 409,
    en: 'Issues, repositories, runs or releases were made in {key}, so it stays. Only a project in which nothing has happened yet can be deleted.',
    ko: '{key}에서 만든 이슈, 저장소, 실행 또는 릴리스가 있어 지울 수 없습니다. 아직 아무 일도 없던 프로젝트만 지울 수 있습니다.',
  },
  memberNotFound: {
    status: 404,
    en: '{name} is not a member of {project}.',
    ko: '{name} 님은 {project}의 멤버가 아닙니다.',
  },
  sessionNotFound: { status: 404, en: 'There is no such session.', ko: '그런 세션이 없습니다.' },
  tokenNotFound: { status: 404, en: 'There is no such token.', ko: '그런 토큰이 없습니다.' },
})
