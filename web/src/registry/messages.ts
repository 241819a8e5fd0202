import { catalogue } from '../i18n/catalogue.ts'

export const registryMessages = catalogue({
  en: {
    title: 'Artifacts',
    note: 'What runs made and people uploaded. A version never changes.',
    filter: 'Name, version or path',
    none: 'No artifacts yet',
    noneText: 'An archiveArtifacts step keeps files of a run here; curl can upload others.',
    size: 'Size',
    madeBy: 'Made by',
    commit: 'Commit',
    created: 'Created',
    checksums: 'Checksums',
    download: 'Download',
    withCurl: 'With curl',
  },
  ko: {
    title: '아티팩트',
    note: '실행이 만들거나 사람이 올린 파일입니다. 버전의 내용은 바뀌지 않습니다.',
    filter: '이름, 버전 또는 경로',
    none: '아직 아티팩트가 없습니다',
    noneText: 'archiveArtifacts 스텝이 실행의 파일을 여기에 남깁니다. curl로 올릴 수도 있습니다.',
    size: '크기',
    madeBy: '만든 주체',
    commit: '커밋',
    created: '만든 때',
    checksums: '체크섬',
    download: '내려받기',
    withCurl: 'curl로 받기',
  },
})
