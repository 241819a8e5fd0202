import { catalogue } from '../i18n/catalogue.ts'

/** Texts of making and removing an alarm. */
export const alarmMessages = catalogue({
  en: {
    create: 'New alarm on this',
    when: 'Rings when {{metric}} is',
    threshold: 'Than this',
    period: 'Over so many seconds (10, 20, 30, or whole minutes)',
    periods: 'So many times in a row',
    missing: 'Where no data came',
    missing_missing: 'it has too little data',
    missing_notBreaching: 'all is well',
    missing_breaching: 'it counts as too much',
    missing_ignore: 'it stays as it is',
  },
  ko: {
    create: '이 지표에 경보 만들기',
    when: '{{metric}} 값이 기준과 비교해',
    threshold: '기준값',
    period: '집계 시간(초): 10, 20, 30 또는 분 단위',
    periods: '연달아 넘는 횟수',
    missing: '데이터가 없으면',
    missing_missing: '데이터 부족으로 봅니다',
    missing_notBreaching: '정상으로 봅니다',
    missing_breaching: '기준을 넘은 것으로 봅니다',
    missing_ignore: '지금 상태를 유지합니다',
  },
})
