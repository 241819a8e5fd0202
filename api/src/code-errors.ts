import { defineErrors } from './errors.ts'

/** What `code` may refuse. */
export const codeErrors = defineErrors({
  repoNotFound: {
    status: 404,
    en: 'There is no repository {repo} in {project}.',
    ko: '{project}에 저장소 {repo}이(가) 없습니다.',
  },
  repoExists: {
    status: 409,
    en: 'There is already a repository {repo} in {project}.',
    ko: '{project}에 저장소 {repo}이(가) 이미 있습니다.',
  },
  repoMoveTarget: {
    status: 400,
    en: 'There is no project {project} that you may put a repository into.',
    ko: '저장소를 옮길 수 있는 프로젝트 {project}이(가) 없습니다.',
  },
  repoMemberUnknown: {
    status: 404,
    en: 'There is nobody called {name}.',
    ko: '{name}(이)라는 사람이 없습니다.',
  },
  repoMemberNotFound: {
    status: 404,
    en: '{name} was given no role in this repository.',
    ko: '{name}에게 이 저장소의 역할을 준 적이 없습니다.',
  },
  repoNameKept: {
    status: 409,
    en: '{name} is what {repo} was called before. Its old addresses still lead there, so no other repository can take the name.',
    ko: '{name}은(는) {repo}의 예전 이름입니다. 예전 주소가 아직 그 저장소로 이어지므로 다른 저장소가 쓸 수 없습니다.',
  },
  refNotFound: {
    status: 404,
    en: 'There is no branch, tag or commit {ref}.',
    ko: '브랜치, 태그 또는 커밋 {ref}이(가) 없습니다.',
  },
  refExists: {
    status: 409,
    en: 'There is already a branch {ref}.',
    ko: '브랜치 {ref}이(가) 이미 있습니다.',
  },
  refNameInvalid: {
    status: 400,
    en: '{ref} is not a name git allows.',
    ko: '{ref}은(는) git에서 쓸 수 없는 이름입니다.',
  },
  pathNotFound: {
    status: 404,
    en: 'There is nothing at {path} in {ref}.',
    ko: '{ref}에는 {path}이(가) 없습니다.',
  },
  pathInvalid: {
    status: 400,
    en: '{path} is not a path inside a repository.',
    ko: '{path}은(는) 저장소 안의 경로가 아닙니다.',
  },
  objectUnsafe: {
    status: 400,
    en: 'git takes no such file: {reason}.',
    ko: 'git이 받지 않는 파일입니다: {reason}.',
  },
  branchProtected: {
    status: 403,
    en: '{branch} is protected: open a pull request instead.',
    ko: '{branch}은(는) 보호된 브랜치입니다. 풀 리퀘스트를 여세요.',
  },
  refMoved: {
    status: 409,
    en: '{ref} moved meanwhile; look at it again and retry.',
    ko: '그 사이에 {ref}이(가) 바뀌었습니다. 다시 확인한 뒤 시도하세요.',
  },
  nothingToCommit: {
    status: 409,
    en: 'The files are already as you want them; there is nothing to commit.',
    ko: '파일이 이미 그 상태입니다. 커밋할 내용이 없습니다.',
  },
  nothingToMerge: {
    status: 409,
    en: '{target} already holds everything of {source}.',
    ko: '{target}에 {source}의 내용이 이미 모두 있습니다.',
  },
  pullRequestNotFound: {
    status: 404,
    en: 'There is no pull request #{number} in {repo}.',
    ko: '{repo}에 풀 리퀘스트 #{number}이(가) 없습니다.',
  },
  pullRequestExists: {
    status: 409,
    en: 'Pull request #{number} already brings {source} into {target}.',
    ko: '풀 리퀘스트 #{number}이(가) 이미 {source}을(를) {target}(으)로 가져갑니다.',
  },
  pullRequestNotOpen: {
    status: 409,
    en: 'Pull request #{number} is {state}.',
    ko: '풀 리퀘스트 #{number}의 상태는 {state}입니다.',
  },
  mergeConflict: {
    status: 409,
    en: 'The branches change the same places in: {files}. Merge {target} into {source} by hand and push.',
    ko: '두 브랜치가 같은 곳을 고쳤습니다: {files}. {source}에 {target}을(를) 직접 병합해 푸시하세요.',
  },
  mergeBlocked: {
    status: 409,
    en: 'It cannot be merged yet: {blockers}.',
    ko: '아직 병합할 수 없습니다: {blockers}.',
  },
  conflictsLeft: {
    status: 409,
    en: 'Still to be decided: {files}.',
    ko: '아직 정하지 않은 충돌이 있습니다: {files}.',
  },
  nothingToResolve: {
    status: 409,
    en: '{source} and {target} do not conflict.',
    ko: '{source}와(과) {target}은(는) 충돌하지 않습니다.',
  },
  ownChangesRequest: {
    status: 403,
    en: 'Nobody asks for changes to their own pull request.',
    ko: '자신의 풀 리퀘스트에는 변경을 요청할 수 없습니다.',
  },
  commentNotFound: {
    status: 404,
    en: 'There is no such comment.',
    ko: '그런 댓글이 없습니다.',
  },
  commentNotYours: {
    status: 403,
    en: 'Only its author or a maintainer may do that.',
    ko: '작성자나 관리자(maintainer)만 할 수 있습니다.',
  },
  branchRuleNotFound: {
    status: 404,
    en: 'There is no branch rule {id}.',
    ko: '브랜치 규칙 {id}이(가) 없습니다.',
  },
  branchRuleExists: {
    status: 409,
    en: 'There is already a rule {kind} for {pattern}.',
    ko: '{pattern}에 {kind} 규칙이 이미 있습니다.',
  },
  defaultReviewerNotFound: {
    status: 404,
    en: '{name} is not a default reviewer here.',
    ko: '{name}은(는) 여기의 기본 검토자가 아닙니다.',
  },
  reviewerUnknown: {
    status: 400,
    en: '{name} is nobody who may see this project.',
    ko: '{name}은(는) 이 프로젝트를 볼 수 있는 사람이 아닙니다.',
  },
  taskNotFound: {
    status: 404,
    en: 'There is no such task.',
    ko: '그런 할 일이 없습니다.',
  },
  suggestionMissing: {
    status: 409,
    en: 'This comment suggests no change to a line of the new side.',
    ko: '이 댓글에는 새 쪽 줄을 바꾸는 제안이 없습니다.',
  },
  suggestionOutdated: {
    status: 409,
    en: 'The lines of this suggestion changed meanwhile.',
    ko: '제안한 줄이 그 사이에 바뀌었습니다.',
  },
  hookNotFound: {
    status: 404,
    en: 'There is no such webhook.',
    ko: '그런 웹훅이 없습니다.',
  },
  deliveryNotFound: {
    status: 404,
    en: 'There is no such delivery.',
    ko: '그런 전송 기록이 없습니다.',
  },
  queueBranch: {
    status: 403,
    en: '{branch} belongs to the merge queue: nobody but the server makes, moves or deletes it.',
    ko: '{branch}은(는) 머지 큐의 브랜치입니다. 서버만 만들고 옮기고 지울 수 있습니다.',
  },
  mergeQueueRequired: {
    status: 409,
    en: '{branch} changes through its merge queue: add pull request #{number} to the queue.',
    ko: '{branch}은(는) 머지 큐로만 바뀝니다. 풀 리퀘스트 #{number}을(를) 큐에 넣으세요.',
  },
  mergeQueueOff: {
    status: 409,
    en: '{branch} has no merge queue.',
    ko: '{branch}에는 머지 큐가 없습니다.',
  },
  mergeQueueFull: {
    status: 409,
    en: 'The merge queue of {branch} is full: {most} pull requests wait in it.',
    ko: '{branch}의 머지 큐가 가득 찼습니다. 풀 리퀘스트 {most}개가 기다리고 있습니다.',
  },
  mergeQueueRuleNotFound: {
    status: 404,
    en: 'There is no merge queue {id}.',
    ko: '머지 큐 {id}이(가) 없습니다.',
  },
  alreadyQueued: {
    status: 409,
    en: 'Pull request #{number} is in the merge queue already.',
    ko: '풀 리퀘스트 #{number}은(는) 이미 머지 큐에 있습니다.',
  },
  notQueued: {
    status: 409,
    en: 'Pull request #{number} is not in a merge queue.',
    ko: '풀 리퀘스트 #{number}은(는) 머지 큐에 없습니다.',
  },
  changeRefused: {
    status: 409,
    en: 'This change is refused: {reason}',
    ko: '이 변경은 받을 수 없습니다: {reason}',
  },
  gitTooOld: {
    status: 501,
    en: 'git {found} on this machine is too old; {needed} or newer is needed.',
    ko: '이 컴퓨터의 git {found}은(는) 너무 오래되었습니다. {needed} 이상이 필요합니다.',
  },
})
