import type { SampleStageName } from '@madang/api'

interface TourTexts {
  begin: string
  thread: string
  done: string
  failed: (stage: string, reason: string) => string
  log: (file: string) => string
  stages: Record<SampleStageName, string>
}

export const tourTexts: Record<'ko' | 'en', TourTexts> = {
  en: {
    begin: 'The whole loop, once, on a throw-away data folder:',
    thread: 'The thread of GB-1, from the issue to what watches it:',
    done: 'That was the loop. npm start gives you a yard of your own.',
    failed: (stage, reason) => `Stopped at "${stage}": ${reason}`,
    log: (file) => `The server's log is kept in ${file}`,
    stages: {
      project: 'Project',
      repository: 'Repository, pushed with git',
      firstRelease: 'First release by its pipeline',
      issue: 'Issue',
      branch: 'Branch, pushed with git',
      pullRequest: 'Pull request',
      merge: 'Merge',
      run: 'Pipeline of the merge',
      tests: 'Tests',
      artifact: 'Artifact',
      stack: 'Stack in the cloud',
      endpoint: 'The app answers',
      telemetry: 'Metrics and logs arrive',
      alarm: 'An alarm watches',
    },
  },
  ko: {
    begin: '임시 데이터 폴더에서 전체 과정을 한 번 거칩니다.',
    thread: 'GB-1의 실타래: 이슈에서 지켜보는 경보까지',
    done: '여기까지가 한 바퀴입니다. npm start로 나만의 마당을 시작하세요.',
    failed: (stage, reason) => `"${stage}"에서 멈췄습니다: ${reason}`,
    log: (file) => `서버 로그를 ${file}에 남겼습니다`,
    stages: {
      project: '프로젝트',
      repository: '저장소(git 푸시)',
      firstRelease: '파이프라인의 첫 릴리스',
      issue: '이슈',
      branch: '브랜치(git 푸시)',
      pullRequest: '풀 리퀘스트',
      merge: '머지',
      run: '머지의 파이프라인',
      tests: '테스트',
      artifact: '아티팩트',
      stack: '클라우드 스택',
      endpoint: '앱 응답',
      telemetry: '지표와 로그 도착',
      alarm: '경보 감시',
    },
  },
}
