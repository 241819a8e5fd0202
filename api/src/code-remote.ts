import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

/** Why something did not work, kept to be read later: in both languages, as the reader may be anyone. */
export const spokenError = z.object({ code: z.string(), en: z.string(), ko: z.string() })
export type SpokenError = Infer<typeof spokenError>

/** What another host's git, or its API, may answer. */
export const codeRemoteErrors = defineErrors({
  remoteDenied: {
    status: 403,
    en: '{host} does not let us in. Check the token or key and what it may do.',
    ko: '{host}이(가) 접근을 거절했습니다. 토큰이나 키와 그 권한을 확인하세요.',
  },
  remoteMissing: {
    status: 404,
    en: '{host} knows no such repository, or hides it from this token.',
    ko: '{host}에 그런 저장소가 없거나, 이 토큰으로는 볼 수 없습니다.',
  },
  remoteNoGit: {
    status: 400,
    en: '{host} serves no git repository at this address.',
    ko: '{host}의 이 주소에는 git 저장소가 없습니다.',
  },
  remoteHostKey: {
    status: 409,
    en: 'The key of {host} is not the one it had before. Somebody may be in between; forget the old key only if you know why.',
    ko: '{host}의 호스트 키가 전과 다릅니다. 누군가 중간에 있을 수 있으니, 이유를 알 때만 이전 키를 지우세요.',
  },
  remoteFailed: {
    status: 502,
    en: '{host}: {reason}',
    ko: '{host}: {reason}',
  },
})
