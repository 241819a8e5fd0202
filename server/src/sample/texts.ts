/** What the sample writes down, in the language of whoever started the server. */
export const texts = {
  en: {
    projectName: 'Guestbook',
    projectText:
      'A sample that went once through the whole loop. Look around in it, and try things out.',
    firstCommit: 'A guestbook: leave a line, read the latest',
    issueTitle: 'Visitors want to see when an entry was written',
    issueText:
      'Entries have no date, so nobody knows how old they are.\n\n- show the day beside each entry\n- in the language of the visitor\n- by the clock of Seoul',
    issueLabel: 'visitors',
    changeCommit: 'GB-1 Show the day an entry was written',
    pullTitle: 'GB-1 Show the day an entry was written',
    pullText: 'Each entry now ends with its day, in Korean or English, by the clock of Seoul.',
  },
  ko: {
    projectName: '방명록',
    projectText: '전체 과정을 한 번 거친 예제입니다. 둘러보며 마음껏 시험해 보세요.',
    firstCommit: '방명록: 한 줄 남기고 최근 글 읽기',
    issueTitle: '방문자가 글을 쓴 날짜를 보고 싶어 한다',
    issueText:
      '글에 날짜가 없어서 얼마나 오래된 글인지 알 수 없습니다.\n\n- 글 옆에 날짜를 보여 준다\n- 방문자의 언어로 보여 준다\n- 서울 시간을 기준으로 한다',
    issueLabel: '방문자',
    changeCommit: 'GB-1 글을 쓴 날짜 보여 주기',
    pullTitle: 'GB-1 글을 쓴 날짜 보여 주기',
    pullText: '이제 글마다 쓴 날짜가 붙습니다. 한국어나 영어로, 서울 시간을 기준으로 보여 줍니다.',
  },
}
