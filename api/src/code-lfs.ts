import { defineErrors } from './errors.ts'

/** What Git LFS is refused here; the API is git-lfs' own, so it has no endpoints in the contract. */
export const codeLfsErrors = defineErrors({
  lfsNotFound: {
    status: 404,
    en: 'There is no LFS object {oid} in this repository.',
    ko: '이 저장소에 LFS 객체 {oid}이(가) 없습니다.',
  },
  lfsBadRequest: {
    status: 422,
    en: 'This is not a request of Git LFS: {reason}.',
    ko: 'Git LFS의 요청이 아닙니다: {reason}.',
  },
  lfsHashMismatch: {
    status: 422,
    en: 'The bytes are not what {oid} stands for; nothing was stored.',
    ko: '내용이 {oid}와(과) 맞지 않아 저장하지 않았습니다.',
  },
  lfsLockNotFound: {
    status: 404,
    en: 'There is no such lock.',
    ko: '그런 잠금이 없습니다.',
  },
  lfsLockNotYours: {
    status: 403,
    en: '{owner} holds this lock; only a maintainer may take it away, with --force.',
    ko: '{owner}님이 잠근 파일입니다. 관리자(maintainer)만 --force로 풀 수 있습니다.',
  },
})
