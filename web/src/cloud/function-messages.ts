import { catalogue } from '../i18n/catalogue.ts'

/** Texts of making, trying and changing a function. */
export const functionMessages = catalogue({
  en: {
    create: 'New function',
    zip: 'Code, as a .zip file',
    zipHint:
      'The file of the handler lies at the top of the archive. Up to 3 MB here; larger ones by CLI or a stack.',
    roleHint: 'What the function may do in the cloud is what this role may.',
    noRole: 'No role that Lambda may take stands yet. Make one that trusts Lambda, under',
    test: 'Try it',
    event: 'Event, as JSON',
    invoke: 'Call the function',
    answered: 'Answered',
    failed: 'Failed',
    answer: 'Answer',
    log: 'End of its log',
    settings: 'Change settings',
    memory: 'Memory in MB',
    timeout: 'Timeout in seconds',
    description: 'Description',
    deleteText: '{{name}} is deleted with all its versions and its URL. Its logs stay.',
  },
  ko: {
    create: '새 함수',
    zip: '코드(.zip 파일)',
    zipHint:
      '핸들러 파일이 압축 파일의 맨 위에 있어야 합니다. 여기서는 3MB까지이고, 더 크면 CLI나 스택으로 올리세요.',
    roleHint: '이 역할이 할 수 있는 일이 곧 함수가 클라우드에서 할 수 있는 일입니다.',
    noRole: 'Lambda가 맡을 수 있는 역할이 아직 없습니다. 먼저 Lambda를 신뢰하는 역할을 만드세요:',
    test: '시험해 보기',
    event: '이벤트(JSON)',
    invoke: '함수 호출',
    answered: '응답함',
    failed: '실패',
    answer: '응답',
    log: '로그의 끝부분',
    settings: '설정 바꾸기',
    memory: '메모리(MB)',
    timeout: '제한 시간(초)',
    description: '설명',
    deleteText: '{{name}} 함수를 모든 버전, URL과 함께 지웁니다. 로그는 남습니다.',
  },
})
