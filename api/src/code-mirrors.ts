import { spokenError } from './code-remote.ts'
import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()

export const mirrorDirection = z.enum(['pull', 'push'])
export const mirrorAuth = z.enum(['none', 'token', 'sshKey'])
export type MirrorAuth = Infer<typeof mirrorAuth>

const settings = {
  /** Names of branches with `*`, apart by commas; empty is all, and tags. */
  branches: z.string().trim().max(1000),
  /** What is gone on the one side goes on the other. */
  prune: z.boolean(),
  /** Whether branches that went different ways are overwritten; else they are left, and named. */
  overwrite: z.boolean(),
  /** Of a pull mirror: minutes between looks; 0 is on demand only. */
  everyMinutes: z.number().int().min(0).max(10_080),
  isActive: z.boolean(),
}

/** A repository elsewhere that is kept in step with one here. */
export const mirror = z.object({
  id: z.string(),
  direction: mirrorDirection,
  /** Without any secret. */
  url: z.string(),
  auth: mirrorAuth,
  username: z.string().optional(),
  /** For the other host, when we sign in by key. */
  publicKey: z.string().optional(),
  /** Fingerprints of the other host's keys, believed since the first connection. */
  hostKeys: z.array(z.string()),
  ...settings,
  state: z.enum(['waiting', 'running', 'ok', 'failed']),
  /** Tries in a row that failed. */
  failures: z.number().int(),
  error: spokenError.optional(),
  /** Branches and tags that went different ways, and so were left alone. */
  diverged: z.array(z.string()),
  triedAt: moment.optional(),
  succeededAt: moment.optional(),
  nextAt: moment.optional(),
  createdAt: moment,
})
export type Mirror = Infer<typeof mirror>

const inRepo = z.object({ project: z.string(), repo: z.string() })
const one = inRepo.extend({ mirror: z.string() })
const all = '/api/projects/:project/repos/:repo/mirrors'
const maintainer = { project: 'maintainer' } as const

/** The calls about mirrors of a repository. */
export const codeMirrorEndpoints = {
  mirrorList: endpoint({
    method: 'GET',
    path: all,
    access: maintainer,
    params: inRepo,
    result: z.object({ items: z.array(mirror) }),
  }),
  mirrorCreate: endpoint({
    method: 'POST',
    path: all,
    access: maintainer,
    params: inRepo,
    body: z.object({
      direction: mirrorDirection,
      url: z.string().trim().min(1).max(2000),
      auth: mirrorAuth.default('none'),
      username: z.string().trim().max(200).optional(),
      token: z.string().trim().max(2000).optional(),
      branches: settings.branches.default(''),
      prune: settings.prune.default(true),
      overwrite: settings.overwrite.default(false),
      everyMinutes: settings.everyMinutes.default(30),
      isActive: settings.isActive.default(true),
    }),
    result: mirror,
  }),
  mirrorUpdate: endpoint({
    method: 'PATCH',
    path: `${all}/:mirror`,
    access: maintainer,
    params: one,
    body: z
      .object({
        ...settings,
        username: z.string().trim().max(200),
        token: z.string().trim().max(2000),
        /** Forgets the other host's keys; the next connection believes what it sees. */
        forgetHostKeys: z.literal(true),
      })
      .partial(),
    result: mirror,
  }),
  mirrorRun: endpoint({
    method: 'POST',
    path: `${all}/:mirror/run`,
    access: maintainer,
    params: one,
    result: mirror,
  }),
  mirrorDelete: endpoint({
    method: 'DELETE',
    path: `${all}/:mirror`,
    access: maintainer,
    params: one,
    result: z.object({ done: z.literal(true) }),
  }),
}

/** What the calls about mirrors may refuse. */
export const codeMirrorErrors = defineErrors({
  mirrorNotFound: { status: 404, en: 'There is no such mirror.', ko: '그런 미러가 없습니다.' },
  mirrorExists: {
    status: 409,
    en: 'This repository is a mirror of {url} already; it can follow only one.',
    ko: '이 저장소는 이미 {url}의 미러입니다. 하나만 따라갈 수 있습니다.',
  },
  mirrorAuthMismatch: {
    status: 400,
    en: 'An SSH key goes with an ssh address, a token with http or https.',
    ko: 'SSH 키는 ssh 주소와, 토큰은 http나 https 주소와 함께 써야 합니다.',
  },
})
