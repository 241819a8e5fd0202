import { catalogue } from '../i18n/catalogue.ts'

/** Texts of writing policies. */
export const iamMessages = catalogue({
  en: {
    inlineNew: 'Write a policy into it',
    inlineChange: 'Change it',
    trustChange: 'Change who may take it on',
    versionNew: 'New version',
  },
  ko: {
    inlineNew: '인라인 정책 쓰기',
    inlineChange: '바꾸기',
    trustChange: '맡을 수 있는 대상 바꾸기',
    versionNew: '새 버전',
  },
})
