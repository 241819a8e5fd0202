type Language = 'ko' | 'en'

// An empty variable of the locale counts as unset.
const locale = process.env['LC_ALL'] || process.env['LC_MESSAGES'] || process.env['LANG'] || ''
/** What the terminal reads, by the usual variables of the locale. */
export const language: Language = locale.toLowerCase().startsWith('ko') ? 'ko' : 'en'

const texts = {
  about: {
    en: "Madang from the terminal: the loop's nouns, one command each",
    ko: '터미널에서 쓰는 마당',
  },
  json: { en: 'print answers as JSON', ko: '결과를 JSON으로 출력' },
  signIn: { en: 'keep the address and a token for later commands', ko: '주소와 토큰을 저장' },
  signInUrl: { en: 'address of the server', ko: '서버 주소' },
  signInToken: {
    en: 'access token (Settings, Access tokens)',
    ko: '액세스 토큰(설정의 액세스 토큰)',
  },
  signedIn: {
    en: 'Signed in as {name}; kept in {file}',
    ko: '{name}(으)로 로그인했습니다. {file}에 저장했습니다',
  },
  signInFirst: {
    en: 'Sign in first: madang sign-in --token <token> (make one under Settings, Access tokens), or set MADANG_TOKEN.',
    ko: '먼저 로그인하세요: madang sign-in --token <토큰> (설정의 액세스 토큰에서 만듭니다) 또는 MADANG_TOKEN을 설정하세요.',
  },
  noServer: {
    en: 'Nothing answers at {url} ({reason}). Is Madang running?',
    ko: '{url}이(가) 응답하지 않습니다({reason}). 마당이 실행 중인가요?',
  },
  project: { en: 'projects', ko: '프로젝트' },
  issue: { en: 'issues', ko: '이슈' },
  repo: { en: 'repositories', ko: '저장소' },
  repoMove: {
    en: 'move to another project; its old addresses lead there',
    ko: '다른 프로젝트로 옮기기. 예전 주소도 이어집니다',
  },
  repoMember: {
    en: 'people with a role in one repository',
    ko: '저장소 하나의 역할을 받은 사람',
  },
  repoMemberSet: {
    en: 'give a role: viewer, developer, maintainer',
    ko: '역할 주기: viewer, developer, maintainer',
  },
  repoMemberRemove: { en: 'take the role away', ko: '역할 거두기' },
  pull: { en: 'pull requests', ko: '풀 리퀘스트' },
  run: { en: 'pipeline runs', ko: '파이프라인 실행' },
  artifact: { en: 'artifacts', ko: '아티팩트' },
  release: { en: 'releases and rollbacks', ko: '릴리스와 롤백' },
  cloud: { en: 'the built-in cloud', ko: '내장 클라우드' },
  thread: {
    en: 'what led to a thing and what came of it',
    ko: '무엇에서 왔고 무엇으로 이어졌는지',
  },
  search: { en: 'search everything', ko: '모두 검색' },
  list: { en: 'list them', ko: '목록 보기' },
  show: { en: 'show one', ko: '하나 보기' },
  create: { en: 'create one', ko: '만들기' },
  move: {
    en: 'move to a status: todo, inProgress, inReview, done',
    ko: '상태 바꾸기: todo, inProgress, inReview, done',
  },
  comment: { en: 'add a comment', ko: '댓글 달기' },
  merge: { en: 'merge it', ko: '머지하기' },
  start: { en: 'start one for a branch', ko: '브랜치의 실행 시작' },
  log: { en: 'print its log', ko: '로그 출력' },
  follow: { en: 'go on until it ends', ko: '끝날 때까지 따라가기' },
  abort: { en: 'abort it', ko: '중단하기' },
  upload: { en: 'upload a file', ko: '파일 올리기' },
  download: { en: 'download a file', ko: '파일 내려받기' },
  rollback: { en: 'go back to an earlier deployment', ko: '이전 배포로 되돌리기' },
  environment: {
    en: 'lines for your shell, so that aws, cdk and terraform speak to this cloud',
    ko: 'aws, cdk, terraform이 이 클라우드를 쓰게 하는 셸 설정',
  },
  ownKeys: {
    en: 'with short-lived keys of your own in this project',
    ko: '이 프로젝트에서 쓸 단기 개인 키와 함께',
  },
  created: { en: 'Created {what}', ko: '{what}을(를) 만들었습니다' },
  changed: { en: '{what} is now {state}', ko: '{what}: {state}' },
  runMissing: {
    en: 'There is no run {run} in {project}.',
    ko: '{project}에 실행 {run}이(가) 없습니다.',
  },
  agent: {
    en: 'join this machine to a server, and run steps of its pipelines here',
    ko: '이 컴퓨터를 서버에 연결해 파이프라인 단계를 여기서 실행',
  },
  agentToken: {
    en: 'agent token (madang agent token create), or MADANG_AGENT_TOKEN',
    ko: '에이전트 토큰(madang agent token create) 또는 MADANG_AGENT_TOKEN',
  },
  agentLabel: { en: 'labels, with spaces between', ko: '레이블(공백으로 구분)' },
  agentExecutors: { en: 'how many runs it takes at once', ko: '동시에 맡을 실행 수' },
  agentName: { en: 'what it is called', ko: '에이전트 이름' },
  agentFolder: { en: 'folder of workspaces and programs', ko: '작업 폴더' },
  agentRemove: {
    en: 'forget an agent that is offline',
    ko: '연결이 끊긴 에이전트를 목록에서 지우기',
  },
  agentTokens: { en: 'tokens that agents join with', ko: '에이전트가 연결할 때 쓰는 토큰' },
  agentTokenRevoke: {
    en: 'revoke one; its agents are sent away',
    ko: '폐기하기. 그 토큰의 에이전트는 연결이 끊깁니다',
  },
  agentTokenMade: {
    en: 'The token is shown only now. Join a machine with:\n  madang agent --url {url} --token {token} --label linux',
    ko: '토큰은 지금만 보입니다. 연결할 컴퓨터에서 실행하세요:\n  madang agent --url {url} --token {token} --label linux',
  },
  agentTokenMissing: {
    en: 'An agent needs a token: --token <token>, made by an administrator with madang agent token create.',
    ko: '에이전트에는 토큰이 필요합니다: --token <토큰>. 관리자가 madang agent token create로 만듭니다.',
  },
  agentExecutorsWrong: {
    en: '--executors has to be a whole number from 1 on.',
    ko: '--executors는 1 이상의 정수여야 합니다.',
  },
  agentJoined: { en: 'Agent {name} is connected to {url}', ko: '에이전트 {name}: {url}에 연결됨' },
  agentLost: {
    en: 'No connection to {url} ({reason}); again in {seconds} s',
    ko: '{url}에 연결할 수 없습니다({reason}). {seconds}초 뒤 다시 시도합니다',
  },
  agentSentAway: {
    en: '{url} does not take this agent: {reason}',
    ko: '{url}이(가) 이 에이전트를 받지 않습니다: {reason}',
  },
  removed: { en: 'Removed {what}', ko: '{what}을(를) 지웠습니다' },
  saved: { en: 'Saved {file}', ko: '{file}에 저장했습니다' },
} as const satisfies Record<string, Record<Language, string>>

export type MessageName = keyof typeof texts

export function say(name: MessageName, values: Record<string, string | number> = {}): string {
  return texts[name][language].replace(/\{(\w+)\}/g, (whole, key: string) =>
    key in values ? String(values[key]) : whole,
  )
}
